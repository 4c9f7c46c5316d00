//! Enums that are words on the wire, in addresses and in the database.

/// The text is no word of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {0}")]
pub struct UnknownWord(
    /// The name of the kind.
    pub &'static str,
);

/// Gives an enum its words, in the order in which pages offer them: `ALL`, `as_str`, `Display` and `FromStr`, and under
/// `ssr` its form in the database.
#[macro_export]
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal,)+ }) => {
        impl $name {
            /// All of them, in the order in which pages offer them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word on the wire, in addresses and in the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::word::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .into_iter()
                    .find(|word| word.as_str() == text)
                    .ok_or($crate::word::UnknownWord(stringify!($name)))
            }
        }

        $crate::stored_as_text!($name);
    };
}

/// The browser has no database.
#[cfg(not(feature = "ssr"))]
#[macro_export]
macro_rules! stored_as_text {
    ($name:ident) => {};
}

/// Stores a type in the database as the text that its `Display` writes and its `FromStr` reads.
#[cfg(feature = "ssr")]
#[macro_export]
macro_rules! stored_as_text {
    ($name:ident) => {
        const _: () = {
            use sea_orm::{
                ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value,
                sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr},
            };

            impl From<$name> for Value {
                fn from(value: $name) -> Self {
                    value.to_string().into()
                }
            }

            impl TryGetable for $name {
                fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                    let text = String::try_get_by(row, index)?;
                    text.parse().map_err(|_| DbErr::Type(format!("{} {text:?}", stringify!($name))).into())
                }
            }

            impl ValueType for $name {
                fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                    <String as ValueType>::try_from(value)?.parse().map_err(|_| ValueTypeErr)
                }

                fn type_name() -> String {
                    stringify!($name).to_owned()
                }

                fn array_type() -> ArrayType {
                    ArrayType::String
                }

                fn column_type() -> ColumnType {
                    ColumnType::Text
                }
            }

            impl Nullable for $name {
                fn null() -> Value {
                    String::null()
                }
            }
        };
    };
}
