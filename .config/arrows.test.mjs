// A forbidden arrow is noticed, however it is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CRATES, FOLDERS, entangled, foreign, forbidden } from './arrows.mjs';

const allowed = FOLDERS['server/domain/src'];
const noticed = (path, source) => forbidden({ [path]: source }, allowed).map(([arrow]) => arrow);

test('an arrow that nobody allowed is noticed', () => {
  assert.deepEqual(noticed('oauth/scope.rs', 'use crate::db::Database;'), ['oauth -> db']);
  assert.deepEqual(noticed('clock.rs', 'fn now() { crate::db::now() }'), ['clock -> db']);
  assert.deepEqual(noticed('db/tracked.rs', 'use crate::{\n    clock::Clock,\n    grants::{self, life::{Deed, revoke}},\n};'), ['db -> grants']);
  assert.deepEqual(noticed('views/impact.rs', 'pub(crate) use crate::clients as c;'), ['views -> clients']);
});

test('what is allowed, tests and comments are left alone', () => {
  assert.deepEqual(noticed('grants/life.rs', 'use crate::{audit::{self, Action}, db::database::sql};'), []);
  assert.deepEqual(noticed('oauth/scope.rs', '// crate::db\n#[cfg(test)]\nmod tests { use crate::db::Database; }'), []);
});

test('no folder stands above one that stands above it', () => {
  for (const folders of [allowed, FOLDERS['app/src']]) {
    const above = (name, seen = new Set()) => {
      for (const below of folders[name] ?? []) {
        if (!seen.has(below)) above(below, seen.add(below));
      }
      return seen;
    };
    for (const name of Object.keys(folders)) assert.ok(!above(name).has(name), `${name} stands in a circle`);
  }
});

test('a crate that depends on one above it is noticed', () => {
  const on = (name, ...dependencies) => ({ name, dependencies: dependencies.map((other) => ({ name: other, kind: null })) });
  assert.deepEqual(foreign([on('types', 'serde', 'domain'), on('server', 'app')], CRATES), ['types -> domain']);
});

test('a file of tests that uses another one is noticed', () => {
  assert.deepEqual(entangled({ 'api/rest.rs': 'use crate::{\n    api::mcp::{change, resigned},\n    support::TestApp,\n};' }), ['api/rest.rs -> api']);
  assert.deepEqual(entangled({ 'races/storms.rs': 'fn all() { crate::endpoints::token::codes() }' }), ['races/storms.rs -> endpoints']);
  assert.deepEqual(entangled({ 'bounds/log.rs': 'use super::MEMBER;' }), ['bounds/log.rs -> super']);
  assert.deepEqual(entangled({ 'bounds/log.rs': 'fn here() { super::person::codes() }' }), ['bounds/log.rs -> super']);
  assert.deepEqual(entangled({ 'support/flow.rs': 'use super::Answer;\nuse crate::api::mcp::change;' }), ['support/flow.rs -> api']);
  assert.deepEqual(entangled({ 'bounds/log.rs': 'use crate::support::{MEMBER, server::Server};\nmod process {\n    use super::*;\n}' }), []);
});
