// The contracts of one module, from Solidity to what Java reads:
//
//   src/main/solidity  ->  target/classes/contracts/NAME.json        resources {contractName, abi, bytecode, deployedBytecode, immutables, source}
//                          target/classes/contracts/inputs/N.json    what the compiler was given: its standard JSON input, whole
//   src/test/solidity  ->  target/test-classes/contracts/NAME.json   the same for tests
//
// The compiler is solc from npm, so that a build needs Node and nothing else. Warnings in our own sources fail the build.
// Nothing is done where nothing changed: a stamp holds the digest of every input.
//
// Usage: node build/contracts.mjs MODULE_FOLDER
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const NODE_MODULES = path.join(ROOT, 'node_modules');

/** EIP-170: the most bytes of code a contract may have on chain. */
const CODE_LIMIT = 24_576;

/** How a source file is compiled, where it differs from DEFAULTS: file name -> {runs, viaIR, evmVersion, most bytes}. */
const DEFAULTS = { runs: 1_000, viaIR: false, evmVersion: 'cancun', most: CODE_LIMIT };
const SETTINGS = {
  // Benchmarks run it in a machine with the rules of Shanghai as well.
  'MarketDriver.sol': { evmVersion: 'shanghai' },
  // All of its work is arithmetic on 32-byte constants, which few runs would keep in a data section.
  'DecisionVerifier.sol': { runs: 1_000_000, viaIR: true },
  // What an execution runs through: a twentieth less gas and an eighth less code, for some fifteen seconds of a build.
  'PolicyEngine.sol': { viaIR: true },
  'LoanEngine.sol': { viaIR: true, runs: 100_000 },
  'AaveV3Desk.sol': { viaIR: true },
  'AaveV3Account.sol': { viaIR: true },
  'TwapReturns.sol': { viaIR: true },
  'UniswapV2Action.sol': { viaIR: true },
  'UniswapV3Action.sol': { viaIR: true },
  'UniswapV3PathAction.sol': { viaIR: true },
  'UniswapV4Action.sol': { viaIR: true },
  // Orders will need the rest of it.
  'Vault.sol': { viaIR: true, runs: 100, most: CODE_LIMIT - 3_000 },
};

/** Other versions of Uniswap than the one that prices. The licence of v4 allows its code in tests alone. */
const UNISWAP = {
  UniswapV2Factory: '@uniswap/v2-core/build/UniswapV2Factory.json',
  UniswapV4PoolManager: '@uniswap/v4-core/out/PoolManager.sol/PoolManager.json',
};

/**
 * What a module sees beyond its own sources.
 * imports: modules whose src/main/solidity it may import (as "probity/NAME.sol" or "./NAME.sol").
 * published: contracts from npm that the module deploys: name -> build artifact.
 * tested: contracts from npm that only its tests deploy: name -> build artifact.
 * compiled: contracts that the module deploys and npm has as source only: name -> {source, compiler}.
 */
const MODULES = {
  'zk-inference': {},
  'chain-adapters': {
    published: {
      UniswapV3Factory: '@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json',
      NonfungiblePositionManager:
        '@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json',
      SwapRouter02: '@uniswap/swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json',
      QuoterV2: '@uniswap/v3-periphery/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json',
      // BUSL-1.1 until its change date, 27 January 2023; MIT since.
      ...aave({
        'protocol/configuration': ['PoolAddressesProvider', 'ACLManager'],
        'protocol/pool': ['Pool', 'PoolConfigurator', 'DefaultReserveInterestRateStrategy'],
        'protocol/libraries/logic': [
          'BorrowLogic', 'BridgeLogic', 'ConfiguratorLogic', 'EModeLogic', 'FlashLoanLogic', 'LiquidationLogic', 'PoolLogic',
          'SupplyLogic',
        ],
        misc: ['AaveOracle', 'AaveProtocolDataProvider'],
        'protocol/tokenization': ['AToken', 'StableDebtToken', 'VariableDebtToken'],
      }),
    },
    compiled: {
      EACAggregatorProxy: { source: 'chainlink-v0.6/src/v0.6/EACAggregatorProxy.sol', compiler: 'solc-v0.6' },
      FluxAggregator: { source: 'chainlink-v0.6/src/v0.6/FluxAggregator.sol', compiler: 'solc-v0.6' },
    },
  },
  intents: {
    imports: ['zk-inference'],
    tested: UNISWAP,
  },
  'agent-runtime': { tested: UNISWAP },
  simulations: {
    tested: {
      ERC20: '@uniswap/v2-core/build/ERC20.json',
      ...UNISWAP,
      UniswapV2Pair: '@uniswap/v2-core/build/UniswapV2Pair.json',
    },
  },
};

/** Contracts of Aave v3: folder -> names; each is called AaveNAME here. */
function aave(folders) {
  return Object.fromEntries(
    Object.entries(folders).flatMap(([folder, names]) =>
      names.map((name) => [`Aave${name.replace(/^Aave/, '')}`, `@aave/core-v3/artifacts/contracts/${folder}/${name}.sol/${name}.json`]),
    ),
  );
}

class Refusal extends Error {}

function main(moduleFolder) {
  const name = path.basename(path.resolve(moduleFolder));
  if (!MODULES[name]) throw new Refusal(`build/contracts.mjs does not know the module ${name}: add it to MODULES there.`);
  const module = { imports: [], published: {}, tested: {}, compiled: {}, ...MODULES[name] };
  installPackages();

  const target = path.join(ROOT, name, 'target');
  const inputs = digest([
    fileURLToPath(import.meta.url),
    path.join(ROOT, 'package-lock.json'),
    ...[name, ...module.imports].flatMap((m) => solidityFiles(path.join(ROOT, m, 'src'))),
  ]);
  const stamp = path.join(target, 'contracts.stamp');
  if (isCurrent(stamp, inputs)) return;

  fs.rmSync(stamp, { force: true });
  const own = compile(name, 'main', module);
  const outputs = [
    ...writeArtifacts(
      path.join(target, 'classes/contracts'),
      new Map([...own.contracts, ...compilePublished(module.compiled)]),
      module.published,
      own.inputs,
    ),
    ...writeArtifacts(path.join(target, 'test-classes/contracts'), compile(name, 'test', module).contracts, module.tested),
  ];
  fs.mkdirSync(target, { recursive: true });
  fs.writeFileSync(stamp, JSON.stringify({ inputs, outputs: outputs.map((f) => path.relative(target, f)) }));
}

// ---- packages ----

/** `npm ci`, unless node_modules already holds what the lock file names. One build at a time does it. */
function installPackages() {
  const lockFile = path.join(ROOT, 'package-lock.json');
  const stamp = path.join(NODE_MODULES, '.probity-lock');
  const wanted = digest([lockFile, path.join(ROOT, '.npmrc')]);
  const current = () => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted;
  if (current()) return;

  const turn = path.join(ROOT, 'target', 'npm-ci.turn');
  fs.mkdirSync(path.dirname(turn), { recursive: true });
  const patience = Date.now() + 10 * 60_000;
  while (!takeTurn(turn)) {
    if (Date.now() > patience) {
      throw new Refusal(`Another build has been installing npm packages for ten minutes: if none is running, delete ${turn} and try again.`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  try {
    if (current()) return;
    console.log('Installing the contract toolchain (npm ci) ...');
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (npm.status !== 0) {
      const said = `${npm.stdout ?? ''}${npm.stderr ?? ''}${npm.error ?? ''}`.trim();
      throw new Refusal(`npm ci failed, so the contracts cannot be compiled: check the network and npm's settings.\n${said}`);
    }
    fs.writeFileSync(stamp, wanted);
  } finally {
    fs.rmSync(turn, { recursive: true, force: true });
  }
}

function takeTurn(folder) {
  try {
    fs.mkdirSync(folder);
    return true;
  } catch (e) {
    if (e.code === 'EEXIST') return false;
    throw e;
  }
}

// ---- compiling ----

/** The module's contracts of one source set: name -> artifact, and the inputs that they were compiled from. */
function compile(name, sourceSet, module) {
  const folder = path.join(ROOT, name, 'src', sourceSet, 'solidity');
  const prefix = sourceSet === 'main' ? 'probity/' : 'test/';
  const files = solidityFiles(folder).map((f) => path.relative(folder, f).split(path.sep).join('/'));
  const contracts = new Map();
  const inputs = new Map();
  if (files.length === 0) return { contracts, inputs };

  const roots = {
    'probity/': [name, ...module.imports].map((m) => path.join(ROOT, m, 'src/main/solidity')),
    'test/': [path.join(ROOT, name, 'src/test/solidity')],
  };
  for (const { settings, group } of bySettings(files)) {
    const units = group.map((f) => prefix + f);
    const { output, input, version } = runSolc(units, settings, roots);
    const file = `inputs/${name}-${inputs.size + 1}.json`;
    if (sourceSet === 'main') inputs.set(file, input);
    for (const unit of units) {
      for (const [contract, made] of Object.entries(output.contracts?.[unit] ?? {})) {
        if (contracts.has(contract)) {
          throw new Refusal(`${name} has two contracts named ${contract}: rename one, as both would be ${contract}.json.`);
        }
        const deployedBytecode = made.evm.deployedBytecode.object;
        const size = deployedBytecode.length / 2;
        if (size > settings.most) {
          throw new Refusal(`${contract} has ${size} bytes of code and may have ${settings.most}: make it smaller or lower its optimizer runs.`);
        }
        contracts.set(contract, {
          contractName: contract,
          abi: made.abi,
          bytecode: '0x' + made.evm.bytecode.object,
          deployedBytecode: '0x' + deployedBytecode,
          // Where a constructor writes into it: [{start, length}], in bytes.
          immutables: Object.values(made.evm.deployedBytecode.immutableReferences ?? {}).flat(),
          // For explorers: where it is in what was compiled, and by what.
          ...(sourceSet === 'main' && { source: { unit, compiler: version, input: file } }),
        });
      }
    }
  }
  return { contracts, inputs };
}

/** Contracts of npm packages, each by the compiler of its own time. */
function compilePublished(wanted) {
  const made = new Map();
  for (const [name, { source, compiler }] of Object.entries(wanted)) {
    const input = {
      language: 'Solidity',
      sources: { [source]: { content: readUnit(source, {}).contents } },
      settings: {
        optimizer: { enabled: true, runs: 1_000 },
        outputSelection: { [source]: { [name]: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
      },
    };
    const read = (unit) => readUnit(unit, {});
    const output = JSON.parse(createRequire(import.meta.url)(compiler).compile(JSON.stringify(input), { import: read }));
    const failed = (output.errors ?? []).filter((e) => e.severity === 'error');
    if (failed.length > 0) throw new Refusal(`${source} does not compile:\n${failed.map((e) => e.formattedMessage).join('\n')}`);
    const { abi, evm } = output.contracts[source][name];
    made.set(name, {
      contractName: name,
      abi,
      bytecode: '0x' + evm.bytecode.object,
      deployedBytecode: '0x' + evm.deployedBytecode.object,
    });
  }
  return made;
}

function bySettings(files) {
  const groups = new Map();
  for (const file of files) {
    const settings = { ...DEFAULTS, ...(SETTINGS[path.basename(file)] ?? {}) };
    const key = JSON.stringify(settings);
    if (!groups.has(key)) groups.set(key, { settings, group: [] });
    groups.get(key).group.push(file);
  }
  return groups.values();
}

let solc;

function runSolc(units, { runs, viaIR, evmVersion }, roots) {
  solc ??= createRequire(import.meta.url)('solc');
  const deployed = 'evm.deployedBytecode';
  const selection = ['abi', 'evm.bytecode.object', `${deployed}.object`, `${deployed}.immutableReferences`];
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(units.map((unit) => [unit, { content: readUnit(unit, roots).contents }])),
    settings: {
      optimizer: { enabled: true, runs },
      viaIR,
      evmVersion,
      // A comment changed is not a contract changed.
      metadata: { bytecodeHash: 'none' },
      outputSelection: Object.fromEntries(units.map((unit) => [unit, { '*': selection }])),
    },
  };
  const read = {};
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), {
      import: (unit) => {
        const found = readUnit(unit, roots);
        if (found.contents !== undefined) read[unit] = { content: found.contents };
        return found;
      },
    }),
  );
  const findings = (output.errors ?? []).filter(
    (e) => e.severity === 'error' || (e.severity === 'warning' && !e.sourceLocation?.file?.startsWith('@')),
  );
  if (findings.length > 0) {
    const text = findings.map((e) => e.formattedMessage.trim()).join('\n\n');
    throw new Refusal(`The contracts do not compile without errors and warnings:\n${text}`);
  }
  return { output, input: { ...input, sources: { ...input.sources, ...read } }, version: solc.version() };
}

/** The text of a source unit: ours by prefix, else a file of an npm package. */
function readUnit(unit, roots) {
  const prefix = Object.keys(roots).find((p) => unit.startsWith(p));
  const candidates = prefix
    ? roots[prefix].map((root) => path.join(root, unit.slice(prefix.length)))
    : [path.join(NODE_MODULES, unit)];
  const found = candidates.find((f) => fs.existsSync(f));
  return found ? { contents: fs.readFileSync(found, 'utf8') } : { error: `not found: ${unit}` };
}

// ---- files ----

function solidityFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith('.sol'))
    .map((e) => path.join(e.parentPath ?? e.path, e.name))
    .sort();
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${path.relative(ROOT, file)}\0`).update(createHash('sha256').update(fs.readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

function isCurrent(stamp, inputs) {
  if (!fs.existsSync(stamp)) return false;
  const before = readJson(stamp);
  return before.inputs === inputs && before.outputs.every((f) => fs.existsSync(path.join(path.dirname(stamp), f)));
}

function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** A contract as others compiled and published it. Hardhat writes its code as text, Foundry as an object. */
function readPublished(contractName, file) {
  const { abi, bytecode, linkReferences } = readJson(path.join(NODE_MODULES, file));
  const code = typeof bytecode === 'object' ? bytecode.object : bytecode;
  return { contractName, abi, bytecode: code.startsWith('0x') ? code : '0x' + code, linkReferences };
}

/** Empties the folder first, so that a contract that is gone leaves nothing behind. */
function writeArtifacts(folder, compiled, published, inputs = new Map()) {
  fs.rmSync(folder, { recursive: true, force: true });
  const contracts = [...compiled, ...Object.entries(published).map(([name, file]) => [name, readPublished(name, file)])];
  return [...contracts.map(([name, artifact]) => [`${name}.json`, artifact]), ...inputs].map(([name, content]) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(content));
    return file;
  });
}

try {
  main(process.argv[2] ?? '.');
} catch (e) {
  console.error(e instanceof Refusal ? e.message : e);
  process.exit(1);
}
