//! The document's title.

use leptos::prelude::*;
use leptos_meta::Title;

/// The title of the document. `leptos_meta` writes a title into the page as it is, and names come from strangers: on
/// the server the text is escaped here; in the browser it is set as text.
#[component]
pub(crate) fn PageTitle(
    /// The whole title.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let text = if cfg!(feature = "ssr") { escaped(&text) } else { text };
    view! { <Title text /> }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_cannot_leave_the_title() {
        assert_eq!(escaped("a </title><script> & b"), "a &lt;/title&gt;&lt;script&gt; &amp; b");
    }
}
