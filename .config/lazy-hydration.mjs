// Takes lazy hydration out of a WASM: `hydrate_async` of every view without its type, a tenth of the application. Only
// `hydrate_lazy` and islands would call it, and Gatepass uses neither, but it hangs in tables of functions, where no
// optimiser may drop it. Emptied here, wasm-opt drops what only it needed. The rest of a name must be that of the
// function or of a closure in it: what drops such a future may be one function with what drops another value.
const LAZY = /^(?!core::ptr::drop_in_place).*::hydrate_async(::\{\{closure\}\})*(::h[0-9a-f]{16})?$/;

/** Sections of https://webassembly.github.io/spec/core/binary/modules.html */
const [CUSTOM, IMPORT, CODE] = [0, 2, 10];
const IMPORTED_FUNCTION = 0;
const FUNCTION_NAMES = 1;
/** Its size, no local variables, `unreachable`, `end`. */
const TRAP = Buffer.from([3, 0, 0x00, 0x0b]);

/** Reads the unsigned LEB128 numbers, names and bytes of a WASM one after the other. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  part() {
    const length = this.number();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

const encoded = (number) => {
  const bytes = [];
  for (; number >= 0x80; number >>>= 7) bytes.push((number & 0x7f) | 0x80);
  return Buffer.from([...bytes, number]);
};

const sized = (bytes) => Buffer.concat([encoded(bytes.length), bytes]);

/** How many functions are imported; they come first in the numbers of functions. */
const countImported = (section) => {
  const reader = new Reader(section);
  const limits = () => {
    const flags = reader.number();
    reader.number();
    if (flags & 1) reader.number();
  };
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.part();
    reader.part();
    const kind = reader.byte();
    if (kind === IMPORTED_FUNCTION) {
      functions += 1;
      reader.number();
    } else if (kind === 3) {
      reader.at += 2;
    } else {
      if (kind === 1) reader.byte();
      limits();
    }
  }
  return functions;
};

const functionNames = (section) => {
  const names = new Map();
  const reader = new Reader(section);
  if (reader.part().toString() !== 'name') return names;
  while (reader.at < section.length) {
    const kind = reader.byte();
    const part = new Reader(reader.part());
    if (kind !== FUNCTION_NAMES) continue;
    for (let left = part.number(); left > 0; left--) names.set(part.number(), part.part().toString());
  }
  return names;
};

/** The WASM without the bodies of lazy hydration. It must still have the names of its functions. */
export const withoutLazyHydration = (wasm) => {
  const sections = [];
  const reader = new Reader(wasm, 8);
  while (reader.at < wasm.length) sections.push({ id: reader.byte(), content: reader.part() });
  const only = (id) => sections.find((section) => section.id === id);

  const names = new Map(sections.filter(({ id }) => id === CUSTOM).flatMap(({ content }) => [...functionNames(content)]));
  const imported = countImported(only(IMPORT).content);
  const code = new Reader(only(CODE).content);
  let emptied = 0;
  const bodies = Array.from({ length: code.number() }, (_, index) => {
    const body = code.part();
    if (!LAZY.test(names.get(imported + index) ?? '')) return sized(body);
    emptied += 1;
    return TRAP;
  });
  if (emptied === 0) throw new Error('No lazy hydration in the WASM: look whether its functions have other names now.');
  only(CODE).content = Buffer.concat([encoded(bodies.length), ...bodies]);
  return Buffer.concat([wasm.subarray(0, 8), ...sections.flatMap(({ id, content }) => [Buffer.from([id]), sized(content)])]);
};
