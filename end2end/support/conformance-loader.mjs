// Lets the conformance suite start on Node.js 20: it imports `globSync`, which `node:fs` has since 22, for a command that
// is not used here.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const FS = `data:text/javascript,export * from 'node:fs'; export const globSync = undefined;`;

/** The hook of Node.js: it runs on a thread of its own, from this same file. */
export async function resolve(specifier, context, next) {
  if (specifier === 'fs' && context.parentURL?.includes('/conformance/dist/')) return { url: FS, shortCircuit: true };
  return next(specifier, context);
}

if (isMainThread) register(import.meta.url);
