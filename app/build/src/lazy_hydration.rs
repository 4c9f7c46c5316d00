//! Takes lazy hydration out of a WASM: `hydrate_async` of every view without its type, a twentieth of the application. Only
//! `hydrate_lazy` and islands would call it, and Gatepass uses neither, but it hangs in tables of functions, where no
//! optimiser may drop it. Emptied here, wasm-opt drops what only it needed. It must come after the split, whose relocations
//! would not fit any more. Leptos 0.9 leaves it out by itself.

use std::{collections::HashSet, convert::Infallible};

use anyhow::{Result, anyhow};
use wasm_encoder::{
    CodeSection, Function, Instruction, Module, NameSection,
    reencode::{self, Reencode, utils},
};
use wasmparser::{FunctionBody, KnownCustom, Name, Parser, Payload, TypeRef};

const CLOSURE: &str = "28_$u7b$$u7b$closure$u7d$$u7d$";

/// Says if a mangled name is that of the function or of a closure in it. What drops such a future may be one function with
/// what drops another value.
fn is_lazy(name: &str) -> bool {
    let Some(path) = name.strip_prefix("_ZN").and_then(|name| name.strip_suffix('E')) else { return false };
    let Some((mut path, hash)) = path.len().checked_sub(19).and_then(|at| path.split_at_checked(at)) else {
        return false;
    };
    while let Some(outer) = path.strip_suffix(CLOSURE) {
        path = outer;
    }
    hash.starts_with("17h") && path.ends_with("13hydrate_async") && !path.starts_with("4core3ptr")
}

/// The same WASM with empty bodies in their place, and how many they were. It must still have the names of its functions.
pub fn without(wasm: &[u8]) -> Result<(Vec<u8>, usize)> {
    let mut emptying = Emptying::find(wasm)?;
    let mut module = Module::new();
    emptying
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .map_err(|error| anyhow!("the WASM could not be read: {error}"))?;
    Ok((module.finish(), emptying.lazy.len()))
}

/// Writes a module anew.
struct Emptying {
    /// The numbers of the functions to empty.
    lazy: HashSet<u32>,
    /// The number of the next function with a body: those that are imported come first.
    next: u32,
}

impl Emptying {
    fn find(wasm: &[u8]) -> Result<Self> {
        let (mut lazy, mut imported) = (HashSet::new(), 0);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(names) = section.as_known() else { continue };
                    for name in names {
                        let Name::Function(functions) = name? else { continue };
                        for function in functions {
                            let function = function?;
                            if is_lazy(function.name) {
                                lazy.insert(function.index);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        lazy.retain(|&index| index >= imported);
        Ok(Self { lazy, next: imported })
    }
}

impl Reencode for Emptying {
    type Error = Infallible;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        let index = self.next;
        self.next += 1;
        if !self.lazy.contains(&index) {
            return utils::parse_function_body(self, code, body);
        }
        let mut empty = Function::new([]);
        empty.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
        code.function(&empty);
        Ok(())
    }

    /// Names of functions only: wasm-opt warns of the newer ones that it does not know.
    fn parse_custom_name_subsection(
        &mut self,
        names: &mut NameSection,
        section: Name<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        match section {
            Name::Function(_) => utils::parse_custom_name_subsection(self, names, section),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, FunctionSection, ImportSection, NameMap, TypeSection};

    use super::*;

    const LAZY: &str = "_ZN6leptos4view13hydrate_async17h0123456789abcdefE";

    #[test]
    fn the_function_and_its_closures_are_found_by_their_names() {
        let closure = "_ZN6leptos4view13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE";
        assert!([LAZY, closure].into_iter().all(is_lazy));
        let others = [
            "_ZN4core3ptr50drop_in_place$LT$view..hydrate_async$GT$13hydrate_async17h0123456789abcdefE",
            "_ZN6leptos4view7hydrate17h0123456789abcdefE",
            "_ZN6leptos13hydrate_async4view17h0123456789abcdefE",
            "hydrate_async",
            "_ZN13hydrate_asyncE",
            "",
        ];
        assert!(!others.into_iter().any(is_lazy));
    }

    /// A module that imports a function and has two of its own with these names, each with one instruction.
    fn module(names: [&str; 2]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("browser", "function", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for _ in names {
            functions.function(0);
            let mut body = Function::new([]);
            body.instruction(&Instruction::Nop).instruction(&Instruction::End);
            code.function(&body);
        }
        let mut of_functions = NameMap::new();
        for (index, name) in names.into_iter().enumerate() {
            of_functions.append(u32::try_from(index).unwrap() + 1, name);
        }
        let mut section = NameSection::new();
        section.functions(&of_functions);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&code).section(&section);
        module.finish()
    }

    fn bodies(wasm: &[u8]) -> Vec<Vec<u8>> {
        let payloads = Parser::new(0).parse_all(wasm).map(Result::unwrap);
        let bodies = payloads.filter_map(|payload| match payload {
            Payload::CodeSectionEntry(body) => Some(body.as_bytes().to_vec()),
            _ => None,
        });
        bodies.collect()
    }

    #[test]
    fn only_lazy_hydration_is_emptied() {
        let (nop, trap) = (vec![0, 0x01, 0x0b], vec![0, 0x00, 0x0b]);
        let (wasm, emptied) = without(&module(["main", LAZY])).unwrap();
        assert_eq!((bodies(&wasm), emptied), (vec![nop.clone(), trap], 1));
        let (wasm, emptied) = without(&module(["main", "other"])).unwrap();
        assert_eq!((bodies(&wasm), emptied), (vec![nop.clone(), nop], 0));
        assert!(without(b"\0asm").is_err());
    }
}
