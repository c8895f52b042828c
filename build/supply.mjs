// What Probity runs on, byte for byte: the libraries of its class path, the archives made here, and the packages of contracts.
//
//   check    compares the libraries with build/dependencies.sha256, the hashes of what was reviewed; a difference stops the build
//   renew    writes build/dependencies.sha256 anew, after a library was changed on purpose
//   record   writes target/bom-npm.json (CycloneDX, from package-lock.json) and target/checksums.txt, and looks whether target/bom.json,
//            made by the build before, names every library
//
// target/lib holds a link to each library, so that both lists can be checked by hand:
//   cd target/lib && sha256sum -c ../../build/dependencies.sha256
//   sha256sum -c target/checksums.txt
//
// Libraries of another platform than Linux on x86-64 (PyTorch, PostgreSQL) are not in the list; there, only listed ones are compared.
//
// Maven makes no target/bom.json without a network (mvn -o); the record is then one without it.
//
// Usage: node build/supply.mjs check|renew|record [ROOT_FOLDER [offline=true]]
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULES = ['zk-inference', 'strategies', 'chain-adapters', 'intents', 'simulations', 'agent-runtime'];
const RENEW = 'node build/supply.mjs renew';

const [command, folder = path.dirname(path.dirname(fileURLToPath(import.meta.url))), network] = process.argv.slice(2);
const root = path.resolve(folder);
const offline = network === 'offline=true';
const reviewed = path.join(root, 'build', 'dependencies.sha256');

class Refused extends Error {}

function sha256(file) {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

function read(file) {
  if (!fs.existsSync(file)) throw new Refused(`${path.relative(root, file)} is not there: run mvn verify first.`);
  return fs.readFileSync(file, 'utf8');
}

/** The libraries of the class path: file name -> {file, hash}. */
function libraries() {
  const found = new Map();
  for (const file of read(path.join(root, 'agent-runtime', 'target', 'launcher.classpath')).trim().split(path.delimiter)) {
    const name = path.basename(file);
    if (found.has(name)) throw new Refused(`Two libraries are called ${name}: the list of hashes names each by its file.`);
    found.set(name, { file, hash: sha256(file) });
  }
  return found;
}

/** Lines as sha256sum writes them: name -> hash. */
function parse(text) {
  return new Map(
    text.split('\n').filter(Boolean).map((line) => {
      const match = /^([0-9a-f]{64})  (\S+)$/.exec(line);
      if (!match) throw new Refused(`"${line}" in build/dependencies.sha256 is no line of sha256sum: restore the file or run ${RENEW}.`);
      return [match[2], match[1]];
    }),
  );
}

function format(hashes) {
  return [...hashes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, hash]) => `${hash}  ${name}\n`).join('');
}

function hashes(found) {
  return new Map([...found].map(([name, { hash }]) => [name, hash]));
}

function wholeListApplies() {
  return process.platform === 'linux' && process.arch === 'x64';
}

function check() {
  const expected = parse(read(reviewed));
  const found = libraries();
  const wrong = [];
  for (const [name, { file, hash }] of found) {
    if (!expected.has(name)) {
      if (wholeListApplies()) wrong.push(`${name} is new`);
    } else if (expected.get(name) !== hash) {
      wrong.push(`${name} differs (${file} has ${hash}, reviewed was ${expected.get(name)})`);
    }
  }
  if (wholeListApplies()) {
    for (const name of expected.keys()) if (!found.has(name)) wrong.push(`${name} is not used any more`);
  }
  if (wrong.length > 0) {
    throw new Refused(
      `The libraries are not those of build/dependencies.sha256: ${wrong.join('; ')}. If you changed them on purpose, run ${RENEW}; ` +
        'if not, delete the named file from your Maven repository and build again.',
    );
  }
}

function renew() {
  if (!wholeListApplies()) throw new Refused('The list is that of Linux on x86-64: renew it there.');
  fs.writeFileSync(reviewed, format(hashes(libraries())));
}

/** Packages of npm as CycloneDX components; those for development only take no part in a build without tests. */
function npmBill() {
  const lock = JSON.parse(read(path.join(root, 'package-lock.json')));
  const components = Object.entries(lock.packages)
    .filter(([where]) => where !== '')
    .map(([where, entry]) => npmComponent(where, entry));
  const { name, version } = lock.packages[''];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': `pkg:npm/${name}@${version}`, name, version } },
    components,
  };
}

function npmComponent(where, { name: alias, version, integrity, license, dev, optional }) {
  const name = alias ?? where.slice(where.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (!version || !integrity) throw new Refused(`${where} of package-lock.json has no version or no integrity hash: run npm install and commit the file.`);
  const [algorithm, digest] = integrity.split(' ')[0].split(/-(.*)/s);
  return {
    type: 'library',
    'bom-ref': where,
    name,
    version,
    scope: dev ? 'excluded' : optional ? 'optional' : 'required',
    hashes: [{ alg: algorithm.replace(/^sha/, 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }],
    ...(license ? { licenses: [/ (AND|OR|WITH) /.test(license) ? { expression: license } : { license: { name: license } }] } : {}),
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  };
}

/** Every library has to be a component of the bill, with its hash. */
function checkBill(found) {
  const listed = new Set();
  for (const { hashes: all = [] } of JSON.parse(read(path.join(root, 'target', 'bom.json'))).components) {
    for (const { alg, content } of all) if (alg === 'SHA-256') listed.add(content);
  }
  const missing = [...found].filter(([, { hash }]) => !listed.has(hash)).map(([name]) => name);
  if (missing.length > 0) throw new Refused(`target/bom.json does not list ${missing.join(', ')}: build again with mvn clean verify.`);
}

function link(found) {
  const links = path.join(root, 'target', 'lib');
  fs.rmSync(links, { recursive: true, force: true });
  fs.mkdirSync(links, { recursive: true });
  for (const [name, { file }] of found) fs.symlinkSync(file, path.join(links, name));
}

function record() {
  const found = libraries();
  link(found);
  if (offline) fs.rmSync(path.join(root, 'target', 'bom.json'), { force: true });
  else checkBill(found);
  fs.writeFileSync(path.join(root, 'target', 'bom-npm.json'), JSON.stringify(npmBill(), null, 2) + '\n');
  const sums = new Map([...found].map(([name, { hash }]) => [`target/lib/${name}`, hash]));
  for (const module of MODULES) {
    const archives = fs.readdirSync(path.join(root, module, 'target')).filter((name) => name.startsWith(`${module}-`) && name.endsWith('.jar'));
    for (const name of archives) sums.set(`${module}/target/${name}`, sha256(path.join(root, module, 'target', name)));
  }
  for (const name of offline ? ['bom-npm.json'] : ['bom.json', 'bom-npm.json']) sums.set(`target/${name}`, sha256(path.join(root, 'target', name)));
  fs.writeFileSync(path.join(root, 'target', 'checksums.txt'), format(sums));
}

try {
  const commands = { check, renew, record };
  if (!Object.hasOwn(commands, command ?? '')) throw new Refused('Say what to do: node build/supply.mjs check|renew|record [ROOT_FOLDER].');
  commands[command]();
} catch (failure) {
  if (!(failure instanceof Refused)) throw failure;
  console.error(failure.message);
  process.exitCode = 2;
}
