//! The document around the application.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{App, components::theme::STORED_THEME, context::Assets};

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
                if(form.method!=='post')return;\
                if('sent' in form.dataset)event.preventDefault();else form.dataset.sent=''\
            }});\
            addEventListener('pageshow',(event)=>{{\
                if(event.persisted)for(const form of document.querySelectorAll('form[data-sent]'))delete form.dataset.sent\
            }})\
        }})()"
    )
}

/// The document of every page: its head, and the application in its body.
pub fn shell(assets: Assets) -> impl IntoView {
    let Assets { js, wasm, css } = assets;
    let hydrate =
        format!("import init,{{hydrate}} from {js:?};await init({{module_or_path:{wasm:?}}});hydrate()");
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
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <script type="module" nonce=use_nonce()>{hydrate}</script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
