//! Request parameters as OAuth 2.1 §3.1 and §3.2 want them read: unknown ones are ignored, an empty value counts as
//! absent, and a repeated one is an error; only `resource` may repeat (RFC 8707 §2).

/// The parameters of a request, in their order.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// A parameter stands more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameter {0} stands more than once")]
pub struct Repeated(pub &'static str);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text; a query or a body. A value with a NUL counts as absent: no
    /// parameter may have one, and PostgreSQL takes none. So does one with a replacement character, which stands for
    /// bytes that are no UTF-8: such a `state` could not be given back as it came.
    pub fn parse(encoded: &[u8]) -> Self {
        let unfit = ['\0', char::REPLACEMENT_CHARACTER];
        let pairs =
            form_urlencoded::parse(encoded).filter(|(_, value)| !value.is_empty() && !value.contains(unfit));
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value of a parameter, if it is there once.
    ///
    /// # Errors
    /// [`Repeated`] when it is there more often.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, Repeated> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() { Err(Repeated(name)) } else { Ok(first) }
    }

    /// The first value of a parameter, however often it stands there: for answers to requests that are wrong anyway.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may repeat.
    pub fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All names and values, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first of the named parameters that stands more than once.
    pub fn repeated(&self, names: &[&'static str]) -> Option<Repeated> {
        names.iter().find_map(|&name| self.one(name).err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_absent_and_twice_is_an_error() {
        let params = Params::parse(b"a=1&b=&c=2&c=3&resource=x&resource=y&d=%00&e=x%FF");
        assert_eq!(params.one("d"), Ok(None));
        assert_eq!(params.one("e"), Ok(None));
        assert_eq!(params.one("a"), Ok(Some("1")));
        assert_eq!(params.one("b"), Ok(None));
        assert_eq!(params.one("c"), Err(Repeated("c")));
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(params.repeated(&["a", "b", "c"]), Some(Repeated("c")));
    }
}
