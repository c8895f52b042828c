// What the tests of the vault in src/forge would notice: every check, limit and guard of its contracts is removed, one
// after the other, and each time at least one test must break.
//
// The places are found, not listed. In the contracts that the vault consists of, they are
//
//   revert E(..)             each refusal, left out; where there are several causes, each of them besides
//   check(..)                each call, for nothing but that, of a function that can only refuse
//   return Reason.X          each way in which a plan comes to no step, gone past
//   if (a > b) a = b         each cap, left off; a > b ? b : a the same
//   min(a, b), max(a, b)     each side of it, left out of account
//   x = 0, delete x, x = true, x++
//                            each thing that is cleared, marked or counted, left as it was
//   onlyOwner, nonReentrant  each guard of each function, taken off
//
// One build serves all: in a copy under target/mutants every place asks whether it is the one that is off. Which one that
// is stands in the block's coinbase, which nothing else here reads.
//
// Usage: node build/mutants.mjs [--list] [--only REGEX] [--jobs N] [--tests REGEX] [--all-tests] [--lives]
//
// --list       names the places and ends
// --only       those alone whose name matches
// --tests      tests of those contracts alone, and no lives
// --all-tests  runs all tests for each, and so names every test that breaks, not the first ones alone
// --lives      runs nothing but random lives: what those would notice without any other test
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const MODULE = path.join(ROOT, 'intents');
const MAIN = path.join(MODULE, 'src/main/solidity');
const TESTS = path.join(MODULE, 'src/forge/solidity');
const COPY = path.join(MODULE, 'target/mutants');
const FORGE = path.join(ROOT, 'node_modules/@foundry-rs/forge-linux-amd64/bin/forge');

/** What calls cost, and tables: nothing that a mutant must break. */
const NOT_TESTS = ['Gas.t.sol', 'VenueGas.t.sol', 'Sandwiches.t.sol'];
/** Where the vault lives random lives: asked only where all else has noticed nothing. */
const LIVES = 'Invariants$';

/** Places that no test can show to be needed, each with the reason. */
const EQUIVALENT = new Map([
  ['ChainlinkReturns._roundData: revert RoundMissing(feed, round)', 'what a feed does not answer has no time either, and that is refused next'],
  [
    'IndependentPrice._answer: revert OracleOutOfBounds without answer <= 0',
    'the least that a policy takes is 1, and a negative number is beyond the most of any',
  ],
  ['PriceGuard._onward: _begin(pool, settle)', 'what a pool bears is asked right before, and looks at its start'],
  ['PriceGuard.check: _begin(pool, limits.settle)', 'the depth of a route is asked before its prices, and looks at the start of each of its pools'],
  ['PolicyEngine._wanted: revert UnknownDecision without outputs[0] < 0', 'a negative class, without its sign, is beyond every class'],
]);

class Refusal extends Error {}

async function main(options) {
  const places = [];
  const files = contracts();
  const checks = checkFunctions(files);
  const texts = new Map(files.map((file) => [file, switchable(file, checks, places)]));
  const wanted = places.filter((place) => options.only.test(place.name));
  if (options.list) {
    wanted.forEach((place) => console.log(place.name));
    console.log(`${wanted.length} places`);
    return 0;
  }
  if (wanted.length === 0) throw new Refusal('No place has a name like that: node build/mutants.mjs --list names them.');
  writeCopy(texts);
  console.log(`Compiling ${files.length} contracts with ${places.length} places that can be switched off ...`);
  build();
  const which = options.of ? ['--match-contract', options.of] : ['--no-match-contract', LIVES];
  const healthy = await tests(0, true, which);
  if (healthy.broken.length > 0 || healthy.run === 0) {
    throw new Refusal(`With nothing removed there are tests that break: ${healthy.broken.join(', ') || healthy.said}`);
  }
  const alive = options.of ? { broken: [] } : await tests(0, true, ['--match-contract', LIVES]);
  if (alive.broken.length > 0) throw new Refusal(`With nothing removed lives break: ${alive.broken.join(', ')}`);
  console.log(`${healthy.run} tests pass with nothing removed (${healthy.seconds} s); ${wanted.length} mutants`);
  const results = await all(wanted, { ...options, which });
  return verdict(results, wanted.length === places.length);
}

/** As many at a time as there are processors. */
async function all(wanted, { jobs, allTests, livesAlone, of, which }) {
  const results = [];
  const waiting = [...wanted];
  const work = async () => {
    for (let place = waiting.shift(); place; place = waiting.shift()) {
      let found = livesAlone ? { broken: [] } : await tests(place.number, allTests, which);
      if (!of && found.broken.length === 0 && (livesAlone || !EQUIVALENT.has(place.name))) {
        found = await tests(place.number, allTests, ['--match-contract', LIVES]);
      }
      results.push({ ...place, ...found });
      const broke = found.broken.length > 0 ? `broke ${found.broken.join(', ')}` : survived(place.name);
      console.log(`[${results.length}/${wanted.length}] ${place.name}: ${broke} (${found.seconds} s)`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results.sort((a, b) => a.number - b.number);
}

function survived(name) {
  return EQUIVALENT.has(name) ? `none can: ${EQUIVALENT.get(name)}` : 'SURVIVED';
}

function verdict(results, whole) {
  const width = Math.max(...results.map((r) => r.name.length));
  console.log(`\n${'mutant'.padEnd(width)}  tests that broke`);
  for (const r of results) {
    console.log(`${r.name.padEnd(width)}  ${r.broken.join(', ') || survived(r.name)}`);
  }
  const survivors = results.filter((r) => r.broken.length === 0 && !EQUIVALENT.has(r.name));
  const wrong = [...EQUIVALENT.keys()].filter((name) => {
    const found = results.find((r) => r.name === name);
    return found ? found.broken.length > 0 : whole;
  });
  console.log(`\n${results.length} mutants, ${survivors.length} survived`);
  if (survivors.length > 0) {
    console.error('No test notices that these are gone: write one in which each alone refuses, or give the reason in EQUIVALENT.');
    survivors.forEach((r) => console.error(`  ${r.name} (${path.relative(ROOT, r.file)}:${r.line})`));
  }
  if (wrong.length > 0) console.error(`These are in EQUIVALENT and break a test, or are not there: take them out.\n  ${wrong.join('\n  ')}`);
  return survivors.length + wrong.length > 0 ? 1 : 0;
}

// ---- the contracts ----

/** The vault, who governs, makes and shows it, all that they import of ours, and every source, action and rule beside it. */
function contracts() {
  const all = fs.readdirSync(MAIN).filter((name) => name.endsWith('.sol'));
  const found = new Set();
  const add = (name) => {
    if (found.has(name) || !all.includes(name)) return;
    found.add(name);
    for (const [, imported] of read(name).matchAll(/from "\.\/(\w+\.sol)"/g)) add(imported);
  };
  ['Vault.sol', 'Governor.sol', 'VaultFactory.sol', 'VaultLens.sol'].forEach(add);
  all.filter((name) => /\bis [^{]*\b(IFeatureSource|IAction|IVenue|\w*PathVenue)\b/.test(read(name))).forEach(add);
  return [...found].sort();
}

function read(name) {
  return fs.readFileSync(path.join(MAIN, name), 'utf8');
}

/** The same text, of the same length, with spaces for comments, texts and assembly. */
function masked(text) {
  const blank = (found) => found.replace(/[^\n]/g, ' ');
  const plain = text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"/g, blank);
  const out = plain.split('');
  for (const { index } of plain.matchAll(/\bassembly\b/g)) {
    const open = plain.indexOf('{', index);
    const end = closing(plain, open);
    for (let i = index; i < end; i++) if (out[i] !== '\n') out[i] = ' ';
    out[end] = ';';
  }
  return out.join('');
}

/** Where the bracket that opens at `open` closes. */
function closing(text, open) {
  const pairs = { '(': ')', '{': '}', '[': ']' };
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === text[open]) depth++;
    else if (text[i] === pairs[text[open]] && --depth === 0) return i;
  }
  throw new Refusal('A bracket that does not close: does the contract compile?');
}

/** Each function: its name, where its head and its body begin and end. */
function functions(text) {
  const found = [];
  for (const match of text.matchAll(/\b(?:function\s+(\w+)|constructor)\s*\(/g)) {
    const parameters = closing(text, match.index + match[0].length - 1);
    const end = /[;{]/g;
    end.lastIndex = parameters;
    const body = end.exec(text).index;
    const last = text[body] === '{' ? closing(text, body) : body;
    found.push({ name: match[1] ?? 'constructor', begin: match.index, parameters, body, end: last, head: text.slice(parameters, body) });
  }
  return found;
}

/** Names of functions that change nothing and return nothing, and so can only refuse. */
function checkFunctions(files) {
  const names = new Set(['look', 'latestRoundData', 'verify']);
  for (const file of files) {
    const original = read(file);
    for (const f of functions(masked(original))) {
      const silent = /\b(view|pure)\b/.test(f.head) && !/\breturns\b/.test(f.head);
      if (silent && /\brevert\b/.test(original.slice(f.body, f.end))) names.add(f.name);
    }
  }
  return names;
}

/** Each statement: where it begins, after conditions before it, and ends, and the conditions. */
function statements(text, begin, end) {
  const found = [];
  let depth = 0;
  let start = begin;
  for (let i = begin; i < end; i++) {
    const c = text[i];
    if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (depth === 0 && (c === ';' || c === '{' || c === '}')) {
      if (c === ';') found.push(withoutConditions(text, start, i + 1));
      start = i + 1;
    }
  }
  return found;
}

function withoutConditions(text, start, end) {
  let at = start;
  let condition;
  for (;;) {
    while (/\s/.test(text[at])) at++;
    const head = /^(if|for|while)\s*\(|^else\b/.exec(text.slice(at, end));
    if (!head) return { begin: at, end, condition, text: text.slice(at, end - 1).trim() };
    if (head[1]) {
      const close = closing(text, at + head[0].length - 1);
      if (head[1] === 'if') condition = { begin: at + head[0].length, end: close };
      at = close + 1;
    } else {
      at += head[0].length;
    }
  }
}

// ---- the places ----

/** The contract with a switch at every place, which are added to the list. */
function switchable(file, checks, places) {
  const original = read(file);
  const text = masked(original);
  const inserted = [];
  const contract = path.basename(file, '.sol');
  const place = (f, what, index) => {
    const base = `${contract}.${f.name}: ${what.replace(/\s+/g, ' ')}`;
    const same = places.filter((p) => p.base === base).length;
    const number = 0x10000 + places.length;
    const line = original.slice(0, index).split('\n').length;
    places.push({ number, base, name: same === 0 ? base : `${base} (${same + 1})`, file: path.join(MAIN, file), line });
    return number;
  };
  const insert = (at, what, removed = 0) => inserted.push({ at, what, removed });
  const isOff = (number) => `(uint160(address(block.coinbase)) == ${number})`;

  for (const f of functions(text)) {
    for (const guard of f.head.matchAll(/\b(nonReentrantView|nonReentrant|onlyOwner)\b/g)) {
      const number = place(f, guard[1], f.begin);
      if (guard[1] === 'onlyOwner') {
        insert(f.parameters + guard.index, '', guard[1].length);
        insert(f.body + 1, ` if (!${isOff(number)}) _checkOwner();`);
      } else {
        insert(f.parameters + guard.index + guard[1].length, `_${number}`);
      }
    }
    if (text[f.body] !== '{') continue;
    const all = statements(text, f.body + 1, f.end);
    for (const s of all) {
      const condition = s.condition ? text.slice(s.condition.begin, s.condition.end).trim() : '';
      if (!isPlace(s.text, condition, checks)) continue;
      const said = original.slice(s.begin, s.end - 1);
      const number = place(f, /^\S+ = [^=]+$/.test(s.text) && condition ? `if (${condition}) ${said}` : said, s.begin);
      insert(s.begin, `{ if (!${isOff(number)}) { `);
      insert(s.end, ' } }');
    }
    // A block that only refuses has its condition before it.
    for (const { begin, end } of conditions(text, f.body, f.end)) {
      const after = text.slice(end + 1).trimStart().replace(/^\{\s*/, '');
      const causes = split(text, begin, end, '||');
      if (!after.startsWith('revert') || causes.length < 2) continue;
      for (const [from, to] of causes) {
        const number = place(f, `${after.slice(0, after.indexOf('('))} without ${original.slice(from, to).trim()}`, from);
        insert(from, ` (!${isOff(number)} && `);
        insert(to, ')');
      }
    }
    const body = text.slice(f.body, f.end);
    const either = /([\w.[\]]+) [<>]=? (-?[\w.[\]]+) \? (-?[\w.[\]]+) : ([\w.[\]]+)/g;
    for (let cap = either.exec(body); cap; cap = either.exec(body)) {
      either.lastIndex = cap.index + cap[1].length;
      const other = cap[3] === cap[2] && cap[4] === cap[1];
      const same = cap[3] === cap[1] && cap[4] === cap[2] && !/^_(min|max)$/.test(f.name);
      if (!other && !same) continue;
      const number = place(f, cap[0], f.body + cap.index);
      insert(f.body + cap.index, other ? `!${isOff(number)} && ` : `${isOff(number)} || `);
    }
    for (const call of body.matchAll(/\b(Math\.|_)(min|max)\s*\(/g)) {
      const open = f.body + call.index + call[0].length - 1;
      const close = closing(text, open);
      const sides = split(text, open + 1, close, ',');
      if (sides.length !== 2) throw new Refusal('A min or max of other than two values: teach build/mutants.mjs what it means.');
      const type = call[1] === '_' ? 'int256' : 'uint256';
      const none = `type(${type}).${call[2] === 'min' ? 'max' : 'min'}`;
      for (const [from, to] of sides) {
        const number = place(f, `${call[2]} without ${original.slice(from, to).trim()}`, from);
        insert(from, ` (${isOff(number)} ? ${none} : `);
        insert(to, ')');
      }
    }
  }
  return { text: inserting(original, inserted), contract };
}

/** Whether a statement is one that a mutant leaves out. */
function isPlace(text, condition, checks) {
  if (/^revert\b|^return Reason\.(?!NONE)\w+$/.test(text)) return true;
  if (/^(_\w+|is\w+(\[\w+\])?) = true$|^_\w+\+\+$|^delete \S+$/.test(text)) return true;
  if (/^(\([\w, ]+\)|\w+) = (address\(0\)|0|\((address\(0\)|0|, )+\))$/.test(text)) return true;
  if (/^[\w.]+(?:\([^=]*\)\.\w+)?\s*\(/.test(text) && !/^(return|emit|delete)\b/.test(text)) {
    const name = /(\w+)\s*\($/.exec(text.slice(0, lastGroup(text) + 1))?.[1];
    return checks.has(name) || /\.forceApprove\(.*, 0\)$/.test(text);
  }
  const cap = /^(\S+) = ([^=]+)$/.exec(text);
  const compared = /^(.+?) [<>]=? (.+)$/.exec(condition);
  return Boolean(cap && compared && compared[1] === cap[1] && compared[2] === cap[2]);
}

/** What stands between the brackets of each `if`. */
function conditions(text, from, to) {
  return [...text.slice(from, to).matchAll(/\bif\s*\(/g)].map(({ index, 0: head }) => {
    const open = from + index + head.length - 1;
    return { begin: open + 1, end: closing(text, open) };
  });
}

/** Where the last group of brackets of a call begins. */
function lastGroup(text) {
  let depth = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    if (text[i] === ')') depth++;
    else if (text[i] === '(' && --depth === 0) return i;
  }
  return -1;
}

/** The parts between separators that stand in no inner bracket. */
function split(text, from, to, separator) {
  const parts = [];
  let depth = 0;
  let begin = from;
  for (let i = from; i < to; i++) {
    if (text[i] === '(' || text[i] === '[') depth++;
    else if (text[i] === ')' || text[i] === ']') depth--;
    else if (depth === 0 && text.startsWith(separator, i)) {
      parts.push([begin, i]);
      begin = i + separator.length;
    }
  }
  return [...parts, [begin, to]];
}

/** Of two at one place, the one that ends something comes first. */
function inserting(text, inserted) {
  let out = '';
  let from = 0;
  const ordered = inserted.map((i, order) => ({ ...i, order }));
  ordered.sort((a, b) => a.at - b.at || closes(b) - closes(a) || a.order - b.order);
  for (const { at, what, removed } of ordered) {
    out += text.slice(from, at) + what;
    from = at + removed;
  }
  return out + text.slice(from);
}

function closes({ what }) {
  return what === ')' || what === ' } }' ? 1 : 0;
}

// ---- the copy ----

function writeCopy(texts) {
  const main = path.join(COPY, 'src/main/solidity');
  const guards = new Set();
  for (const { text } of texts.values()) {
    for (const [guard] of text.matchAll(/\bnonReentrant(View)?_\d+\b/g)) guards.add(guard);
  }
  const wanted = new Map();
  for (const name of fs.readdirSync(MAIN).filter((n) => n.endsWith('.sol'))) {
    const text = texts.get(name)?.text ?? read(name);
    wanted.set(path.join(main, name), text.replace(/"@openzeppelin\/contracts\/utils\/ReentrancyGuardTransient\.sol"/, texts.has(name) ? '"./MutantGuard.sol"' : '$&'));
  }
  wanted.set(path.join(main, 'MutantGuard.sol'), guard([...guards]));
  for (const name of fs.readdirSync(TESTS).filter((n) => n.endsWith('.sol') && !NOT_TESTS.includes(n))) {
    wanted.set(path.join(COPY, 'src/forge/solidity', name), fs.readFileSync(path.join(TESTS, name), 'utf8'));
  }
  const here = (text) =>
    text
      .replaceAll('"../', `"${ROOT}/`)
      .replaceAll('=../', `=${ROOT}/`)
      .replaceAll('[".."]', `["${ROOT}"]`)
      .replaceAll('target/test-classes', `${MODULE}/target/test-classes`)
      .replaceAll('=src/test', `=${MODULE}/src/test`);
  for (const [file, text] of wanted) {
    // What reads the switch is no pure function any more.
    keep(file, here(text).replace(/\bpure\b/g, 'view'));
  }
  for (const folder of [main, path.join(COPY, 'src/forge/solidity')]) {
    for (const name of fs.readdirSync(folder)) if (!wanted.has(path.join(folder, name))) fs.rmSync(path.join(folder, name));
  }
  fs.mkdirSync(path.join(COPY, 'target/forge'), { recursive: true });
  const configuration = here(fs.readFileSync(path.join(MODULE, 'foundry.toml'), 'utf8'));
  keep(path.join(COPY, 'foundry.toml'), configuration.replace('gas_snapshot_check = true', 'gas_snapshot_check = false'));
}

/** Only what changed is written, so that forge compiles no more. */
function keep(file, text) {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

/** OpenZeppelin's guard, with one modifier for each function, that can be switched off. */
function guard(modifiers) {
  const each = modifiers.map((name) => {
    const number = name.replace(/^\D+/, '');
    return name.startsWith('nonReentrantView')
      ? `modifier ${name}() { if (uint160(address(block.coinbase)) != ${number}) _free(); _; }`
      : `modifier ${name}() { _enter(${number}); _; _leave(${number}); }`;
  });
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

abstract contract ReentrancyGuardTransient {
    bool private transient _entered;

    error ReentrancyGuardReentrantCall();

    ${each.join('\n    ')}

    function _free() private view {
        if (_entered) revert ReentrancyGuardReentrantCall();
    }

    function _enter(uint256 number) private {
        if (uint160(address(block.coinbase)) == number) return;
        _free();
        _entered = true;
    }

    function _leave(uint256 number) private {
        if (uint160(address(block.coinbase)) != number) _entered = false;
    }
}
`;
}

// ---- forge ----

function environment(number) {
  const lives = { FOUNDRY_INVARIANT_RUNS: '12', FOUNDRY_INVARIANT_DEPTH: '80', FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT: '0' };
  return {
    ...process.env,
    ...lives,
    FOUNDRY_FUZZ_SEED: '0x1',
    FOUNDRY_FUZZ_RUNS: '16',
    FOUNDRY_PROFILE: 'default',
    FOUNDRY_BLOCK_COINBASE: '0x' + number.toString(16).padStart(40, '0'),
    FORGE_SNAPSHOT_CHECK: 'false',
    FOUNDRY_DISABLE_NIGHTLY_WARNING: '1',
  };
}

function build() {
  const made = spawnSync(FORGE, ['build'], { cwd: COPY, env: environment(0), encoding: 'utf8' });
  if (made.status !== 0) throw new Refusal(`The copy with switches does not compile:\n${made.stdout}${made.stderr}${made.error ?? ''}`);
  // Where the tests look for what they deploy.
  const deployed = path.join(COPY, 'target/classes/contracts');
  fs.mkdirSync(deployed, { recursive: true });
  for (const name of fs.readdirSync(MAIN).map((file) => path.basename(file, '.sol'))) {
    const compiled = path.join(COPY, `target/forge/out/${name}.sol/${name}.json`);
    if (!fs.existsSync(compiled)) continue;
    const { bytecode } = JSON.parse(fs.readFileSync(compiled, 'utf8'));
    fs.writeFileSync(path.join(deployed, `${name}.json`), JSON.stringify({ bytecode: bytecode.object }));
  }
}

/** Which tests break with one place off. */
function tests(number, allTests, which) {
  const begun = Date.now();
  const words = ['test', '--json', '--threads', '1', ...(allTests ? [] : ['--fail-fast']), ...which];
  const failures = path.join(COPY, 'target/forge/failures', String(number));
  fs.rmSync(failures, { recursive: true, force: true });
  const env = { ...environment(number), FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR: failures, FOUNDRY_FUZZ_FAILURE_PERSIST_DIR: failures };
  return new Promise((resolve, reject) => {
    const forge = spawn(FORGE, words, { cwd: COPY, env });
    let out = '';
    let said = '';
    forge.stdout.on('data', (data) => (out += data));
    forge.stderr.on('data', (data) => (said += data));
    forge.on('error', reject);
    forge.on('close', () => {
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      const broken = [];
      let run = 0;
      let suites;
      try {
        suites = JSON.parse(out.slice(out.indexOf('{')));
      } catch {
        return reject(new Refusal(`forge answered something else than JSON for mutant ${number}:\n${said}${out.slice(0, 2000)}`));
      }
      for (const [suite, { test_results }] of Object.entries(suites)) {
        for (const [name, { status }] of Object.entries(test_results)) {
          run++;
          if (status === 'Failure') broken.push(`${suite.replace(/^.*:/, '')}.${name.replace(/\(.*/, '')}`);
        }
      }
      resolve({ broken, run, said, seconds });
    });
  });
}

function parsed(words) {
  const options = { list: false, only: new RegExp(''), jobs: os.availableParallelism(), allTests: false, livesAlone: false, of: undefined };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--list') options.list = true;
    else if (words[i] === '--all-tests') options.allTests = true;
    else if (words[i] === '--lives') options.livesAlone = true;
    else if (words[i] === '--tests' && i + 1 < words.length) options.of = words[++i];
    else if (words[i] === '--only' && i + 1 < words.length) options.only = new RegExp(words[++i]);
    else if (words[i] === '--jobs' && Number(words[i + 1]) > 0) options.jobs = Number(words[++i]);
    else throw new Refusal(`"${words[i]}" means nothing here: the first lines of build/mutants.mjs say what does.`);
  }
  return options;
}

try {
  process.exitCode = await main(parsed(process.argv.slice(2)));
} catch (e) {
  console.error(e instanceof Refusal ? e.message : e);
  process.exitCode = 1;
}
