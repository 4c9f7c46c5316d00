//! The document around the application.

use http::{Method, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{
    App,
    components::{
        stale::{LOADED_ANEW, UNLOADED},
        theme::STORED_THEME,
    },
    context::Assets,
    routes::Area,
};

/// Runs before the first paint, and needs nothing of the application: it applies the stored theme, tells the
/// style sheet that scripts run, and sends no form twice. A page that comes back from the browser's cache may
/// send its forms again.
fn early_script() -> String {
    format!(
        "(()=>{{\
            const root=document.documentElement;\
            root.dataset.js='';\
            try{{const theme=localStorage.getItem('{STORED_THEME}');if(theme==='light'||theme==='dark')root.dataset.theme=theme}}catch{{}}\
            addEventListener('submit',(event)=>{{\
                const form=event.target;\
                if(form.method!=='post'||event.defaultPrevented)return;\
                if('sent' in form.dataset)event.preventDefault();else form.dataset.sent=''\
            }});\
            addEventListener('pageshow',(event)=>{{\
                if(event.persisted)for(const form of document.querySelectorAll('form[data-sent]'))delete form.dataset.sent\
            }})\
        }})()"
    )
}

/// Fetches the application and lets it take the page over. When a part of it does not come, the page is loaded anew, once:
/// a newer version may be served by now. Not where a browser has no WebAssembly, nor the answer to a form, which has no
/// address of its own. Then the page stays as the server made it, works by its forms, and says so.
fn loader(js: &str, wasm: &str, has_address: bool) -> String {
    format!(
        "const here=location.pathname+location.search;\
        try{{\
            const{{default:init,hydrate}}=await import({js:?});\
            await init({{module_or_path:{wasm:?}}});\
            await hydrate();\
            try{{sessionStorage.removeItem('{LOADED_ANEW}')}}catch{{}}\
        }}catch(error){{\
            console.error(error);\
            let again=false;\
            try{{\
                again={has_address}&&'WebAssembly' in self&&navigator.onLine&&sessionStorage.getItem('{LOADED_ANEW}')!==here;\
                if(again)sessionStorage.setItem('{LOADED_ANEW}',here)\
            }}catch{{again=false}}\
            if(again)location.replace(here);\
            else{{\
                delete document.documentElement.dataset.js;\
                const note=document.getElementById('{UNLOADED}');\
                note.querySelector('a').href=here;\
                note.hidden=false\
            }}\
        }}"
    )
}

/// The document of every page: its head, and the application in its body.
pub fn shell(assets: Assets) -> impl IntoView {
    let Assets { js, wasm, css, mut areas } = assets;
    let request = use_context::<Parts>();
    let area = request.as_ref().and_then(|request| Area::of(request.uri.path()));
    let of_area = area.and_then(|area| areas.remove(area.name())).unwrap_or_default();
    let script = loader(&js, &wasm, request.is_some_and(|request| request.method == Method::GET));
    // Without these links the parts of the area would be asked for only when the main part runs.
    let preloaded = std::iter::once(wasm)
        .chain(of_area)
        .map(|part| {
            view! { <link rel="preload" href=part r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> }
        })
        .collect_view();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{early_script()}</script>
                <link rel="stylesheet" href=css />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="modulepreload" href=js />
                {preloaded}
                <script type="module" nonce=use_nonce()>{script}</script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
