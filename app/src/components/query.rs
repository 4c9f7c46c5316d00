//! The query of the address that is shown.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The values of a query, decoded once. (Those of `leptos_router` are decoded twice: `%2541` becomes `A`.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query(String);

/// The query of the address, which changes with it.
pub(crate) fn use_query() -> Memo<Query> {
    let search = use_location().search;
    Memo::new(move |_| Query(search.get()))
}

impl Query {
    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        #[cfg(feature = "ssr")]
        {
            let mut pairs = form_urlencoded::parse(self.0.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        }
        #[cfg(not(feature = "ssr"))]
        {
            web_sys::UrlSearchParams::new_with_str(&self.0).ok()?.get(name)
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_once() {
        let query =
            Query("q=x%2541y&next=%2Fa%3Fstate%3Dw%252B%2520%2526&q=second&plus=a+b%2Bc&empty".to_owned());
        let got = |name: &str| query.get(name);
        assert_eq!(got("q").unwrap(), "x%41y");
        assert_eq!(got("next").unwrap(), "/a?state=w%2B%20%26");
        assert_eq!(got("plus").unwrap(), "a b+c");
        assert_eq!(got("empty").unwrap(), "");
        assert_eq!(got("missing"), None);
    }
}
