/**
 * Walks the journeys: builds the network of each card in namespaces of its own
 * and walks that card's journeys beside it. Fails if one fails or is missing.
 *
 *   npm run journeys [-- CARD… --only WORDS --picture FILE --faces FOLDER]
 *
 * HOPSIGHT_BINARY, HOPSIGHT_AT and HOPSIGHT_PAINTER name the programs, CHROMIUM
 * the browser.
 */
import { spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const CARDS = [
  'healthy',
  'inter-vlan',
  'udp-dropped',
  'only-sign-in-port',
  'only-tls',
  'core-drops',
];
const BUILT = {
  HOPSIGHT_BINARY: 'hopsight',
  HOPSIGHT_AT: 'examples/at',
  HOPSIGHT_PAINTER: 'examples/painter',
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { picture: { type: 'string' }, faces: { type: 'string' }, only: { type: 'string' } },
});
const web = new URL('..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'journeys-'));
const programs = await findPrograms();
const total = { passed: 0, failed: 0 };
for (const card of positionals.length > 0 ? positionals : CARDS) {
  const { passed, failed } = await walk(card);
  total.passed += passed;
  total.failed += failed;
}
await rm(folder, { recursive: true, force: true });
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function findPrograms() {
  const target = resolve(web, process.env.CARGO_TARGET_DIR ?? '../../target', 'debug');
  const found = {};
  for (const [name, built] of Object.entries(BUILT)) {
    const file = resolve(web, process.env[name] ?? join(target, built));
    await access(file).catch(() => {
      console.error(`${file} is missing; build it (cargo xtask test browser does) or set ${name}`);
      process.exit(1);
    });
    found[name] = file;
  }
  return found;
}

async function walk(card) {
  const results = join(folder, `${card}.json`);
  const vitest = join(web, 'node_modules/vitest/vitest.mjs');
  const options = ['--config', 'e2e/vitest.config.ts', '--reporter', 'verbose'];
  options.push('--reporter', 'json', '--outputFile', results);
  if (values.only) options.push('--testNamePattern', values.only);
  const command = [process.execPath, vitest, 'run', ...options, `journeys/${card}.journey.ts`];
  const child = spawn(programs.HOPSIGHT_AT, [card, '-', ...command], {
    cwd: web,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...programs,
      JOURNEY_CARD: card,
      JOURNEY_PICTURE: values.picture ? resolve(values.picture) : '',
      JOURNEY_FACES: values.faces ? resolve(values.faces) : '',
    },
  });
  const code = await new Promise((done) => child.on('close', done).on('error', done));
  const told = await readFile(results, 'utf8').then(JSON.parse, () => null);
  if (told === null) console.error(`${card}: the journeys could not be walked`);
  const passed = told?.numPassedTests ?? 0;
  const failed = told?.numFailedTests ?? 0;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}
