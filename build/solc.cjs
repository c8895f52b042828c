#!/usr/bin/env node
// The compiler from npm where a native one is expected: what forge asks of solc is its version and --standard-json.
const fs = require('fs');
const solc = require('solc');

/** What a package of npm imports of itself: forge hands over only what ours name. */
const read = (unit) => (fs.existsSync(unit) ? { contents: fs.readFileSync(unit, 'utf8') } : { error: `not found: ${unit}` });

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else {
  process.stdout.write(solc.compile(fs.readFileSync(0, 'utf8'), { import: read }));
}
