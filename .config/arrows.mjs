// Which crate and which folder may know which: the picture in the README's Architecture. Called by `make lint`.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a crate may depend on, of the crates here. */
export const CRATES = {
  types: [],
  domain: ['types'],
  app: ['types', 'domain'],
  server: ['types', 'domain', 'app'],
  gatepass: ['app'],
  site: [],
};

const GROUND = ['clock', 'error', 'crypto', 'oauth', 'db', 'fetch', 'config', 'rate_limit', 'actor', 'audit', 'views'];

/** What a folder or file at the top of a crate may use, of those beside it. What is not named may use nothing. */
export const FOLDERS = {
  'server/domain/src': {
    error: ['crypto'],
    crypto: ['clock'],
    oauth: ['clock', 'error', 'crypto'],
    fetch: ['clock'],
    db: ['clock', 'error'],
    config: ['clock', 'error', 'db', 'fetch', 'oauth', 'mail'],
    rate_limit: ['clock', 'config', 'crypto'],
    views: ['clock', 'error', 'oauth', 'db'],
    mail: ['clock', 'error', 'crypto', 'db'],
    audit: ['clock', 'error', 'crypto', 'oauth', 'db', 'actor'],
    accounts: [...GROUND, 'mail'],
    workspaces: [...GROUND, 'mail', 'accounts'],
    keys: ['clock', 'error', 'crypto', 'db', 'config', 'audit'],
    authorization_requests: ['clock', 'error', 'crypto', 'oauth', 'db'],
    grants: [...GROUND, 'workspaces'],
    clients: [...GROUND, 'accounts', 'workspaces', 'grants', 'authorization_requests'],
    client_metadata: [...GROUND, 'clients'],
    procedures: [...GROUND, 'accounts', 'workspaces'],
    flows: [
      ...GROUND, 'mail', 'accounts', 'workspaces', 'authorization_requests', 'grants', 'clients', 'client_metadata', 'procedures', 'demo',
    ],
    jobs: [...GROUND, 'accounts', 'workspaces', 'keys', 'authorization_requests', 'grants', 'clients', 'client_metadata'],
    demo: [...GROUND, 'accounts', 'workspaces', 'grants', 'clients', 'procedures'],
  },
  'app/src': {
    wire: [],
    context: ['wire'],
    routes: ['pages', 'components'],
    shell: ['context', 'components', 'routes'],
    api: ['context', 'wire'],
    components: ['api', 'wire'],
    pages: ['api', 'components', 'wire'],
  },
  'server/src': {
    log: [],
    command_line: [],
    commands: ['command_line'],
    state: ['web'],
    web: ['log'],
    endpoints: ['web', 'log'],
    api: ['web', 'log'],
    router: ['web', 'endpoints', 'api', 'state'],
    start: ['web', 'endpoints', 'router', 'state'],
  },
};

/** The names that a `use` tree brings, as whole paths. */
const leaves = (tree, prefix = '') => {
  const open = tree.indexOf('{');
  if (open < 0) return [prefix + tree.trim()];
  const parts = [];
  let depth = 0;
  let part = '';
  for (const letter of tree.slice(open + 1, tree.lastIndexOf('}'))) {
    if (letter === '{') depth += 1;
    if (letter === '}') depth -= 1;
    if (letter === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += letter;
  }
  return [...parts, part].filter((text) => text.trim()).flatMap((text) => leaves(text, prefix + tree.slice(0, open).trim()));
};

/** The folders beside it that a source file uses; what its tests use does not count. */
export const uses = (source) => {
  const [code] = source.replace(/\/\/.*$/gm, '').split(/#\[cfg\(test\)\]\s*mod tests/);
  const trees = [...code.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) => leaves(tree.replace(/\s+/g, ' ')));
  const inline = [...code.matchAll(/\bcrate::[a-z_]+/g)].map(([path]) => path);
  const inside = [...trees, ...inline].map((path) => /^crate::([a-z_]+)/.exec(path)?.[1]);
  return new Set(inside.filter(Boolean));
};

/** The arrows between the folders of a crate: `files` are its sources by path, relative to the crate's root. */
export const arrows = (files) => {
  const found = new Map();
  for (const [path, source] of Object.entries(files)) {
    const from = path.split('/')[0].replace(/\.rs$/, '');
    if (['lib', 'main'].includes(from)) continue;
    for (const to of uses(source)) if (to !== from) found.set(`${from} -> ${to}`, path);
  }
  return found;
};

/** The arrows that nobody allowed, each with a file that has it. */
export const forbidden = (files, allowed) =>
  [...arrows(files)].filter(([arrow]) => {
    const [from, to] = arrow.split(' -> ');
    return to in allowed && !allowed[from]?.includes(to);
  });

/** Files of tests that use other files of tests: what two of them need is in `support`. `files` are those of server/tests/it. */
export const entangled = (files) =>
  Object.entries(files).flatMap(([path, source]) => {
    const others = [...uses(source)].filter((to) => to !== 'support').map((to) => `${path} -> ${to}`);
    // A module inside a file may use what is around it.
    const [outer] = source.replace(/\/\/.*$/gm, '').split(/^mod \w+ \{/m);
    return !path.startsWith('support/') && /\bsuper::/.test(outer) ? [...others, `${path} -> super`] : others;
  });

/** The dependencies between the crates here that nobody allowed. */
export const foreign = (packages, allowed) =>
  packages.flatMap(({ name, dependencies }) =>
    dependencies
      .filter((dependency) => dependency.kind === null && dependency.name in allowed && !allowed[name]?.includes(dependency.name))
      .map((dependency) => `${name} -> ${dependency.name}`),
  );

const sources = (root) => {
  const files = {};
  const walk = (folder) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name.endsWith('.rs')) files[relative(root, path)] = readFileSync(path, 'utf8');
    }
  };
  walk(root);
  return files;
};

const cargo = (...args) => {
  const { status, stdout, stderr } = spawnSync('cargo', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(stderr);
  return stdout;
};

const main = () => {
  const wrong = foreign(JSON.parse(cargo('metadata', '--no-deps', '--format-version', '1')).packages, CRATES);
  const browser = cargo('tree', '-p', 'gatepass', '--features', 'hydrate', '-e', 'normal', '--prefix', 'none', '--target', 'all');
  if (/^domain /m.test(browser)) wrong.push('the browser gets `domain`');
  for (const [root, allowed] of Object.entries(FOLDERS)) {
    for (const [arrow, file] of forbidden(sources(root), allowed)) wrong.push(`${root}: ${arrow} (${file})`);
  }
  wrong.push(...entangled(sources('server/tests/it')));
  if (wrong.length === 0) return;
  console.error(`These arrows are not in the picture of the architecture (README, .config/arrows.mjs):\n  ${wrong.join('\n  ')}`);
  process.exit(1);
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
