// Makes target/site out of the compiled front end, style/ and public/: small, content-hashed, compressed.
// What the server serves is read from target/site/manifest.json. Called by the Makefile.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { withoutLazyHydration } from './lazy-hydration.mjs';

const COMPILED = 'target/wasm32-unknown-unknown/wasm-release/gatepass.wasm';
const WORK = 'target/site-work';
const SITE = 'target/site';
const NPM = 'end2end/node_modules/.bin';
/** Bytes of the WASM as sent: the budget of the whole application. */
const WASM_BUDGET = 300 * 1024;
const COMPRESSIBLE = new Set(['.js', '.wasm', '.css', '.svg', '.txt']);

const run = (program, ...args) => {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${program} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
};

rmSync(WORK, { recursive: true, force: true });
mkdirSync(join(WORK, 'out/pkg'), { recursive: true });

run('wasm-bindgen', '--target', 'web', '--no-typescript', '--out-dir', WORK, COMPILED);
console.log('Shrinking the WASM');
const linked = join(WORK, 'gatepass_bg.wasm');
writeFileSync(linked, withoutLazyHydration(readFileSync(linked)));
run(
  // The second time finds what the first made possible.
  join(NPM, 'wasm-opt'), '--flatten', '--rereloop', '-Oz', '-Oz', '--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-sign-ext',
  '--enable-mutable-globals', '--enable-reference-types', '--enable-multivalue',
  // Larger raw, a tenth smaller as sent: what is inlined once compresses better where it stood.
  '--one-caller-inline-max-function-size=10',
  linked, '-o', join(WORK, 'gatepass.wasm'),
);
const bundle = (input, output, ...args) =>
  run(join(NPM, 'esbuild'), input, '--bundle', '--minify', '--log-level=warning', `--outfile=${output}`, ...args);
// The loader is given the address of the WASM by the page, so the default beside `import.meta.url` is never used.
bundle(join(WORK, 'gatepass.js'), join(WORK, 'bundle.js'), '--format=esm');
bundle('style/main.css', join(WORK, 'bundle.css'));

// Names that change with the content may be cached for ever.
const place = (file, extension) => {
  const content = readFileSync(file);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const path = `/pkg/gatepass.${hash}.${extension}`;
  writeFileSync(join(WORK, 'out', path), content);
  return path;
};
const manifest = {
  js: place(join(WORK, 'bundle.js'), 'js'),
  wasm: place(join(WORK, 'gatepass.wasm'), 'wasm'),
  css: place(join(WORK, 'bundle.css'), 'css'),
};
cpSync('public', join(WORK, 'out'), { recursive: true });

const files = readdirSync(join(WORK, 'out'), { recursive: true })
  .map((name) => join(WORK, 'out', name))
  .filter((path) => statSync(path).isFile() && COMPRESSIBLE.has(extname(path)));
for (const path of files) {
  const content = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
}

const size = (path) => statSync(join(WORK, 'out', path)).size;
for (const path of Object.values(manifest)) {
  console.log(`${path}: ${size(path)} bytes, ${size(`${path}.br`)} as brotli`);
}
const sent = size(`${manifest.wasm}.br`);
if (sent > WASM_BUDGET) {
  console.error(`The WASM is ${sent} bytes as brotli; the budget is ${WASM_BUDGET}.`);
  process.exit(1);
}

// The site changes as a whole; the manifest comes last, so that an interrupted build is done again.
rmSync(SITE, { recursive: true, force: true });
renameSync(join(WORK, 'out'), SITE);
rmSync(WORK, { recursive: true });
writeFileSync(join(SITE, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
