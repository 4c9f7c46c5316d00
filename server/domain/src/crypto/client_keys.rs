//! The public keys of clients that prove themselves with a signature (`private_key_jwt`).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::jwt::header;

/// The signatures that are taken: none that a shared secret could make.
pub const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Most keys of one set.
const KEYS_MAX: usize = 20;
/// Shortest RSA modulus, in bytes (RFC 7518 §3.3).
const RSA_MODULUS_MIN: usize = 256;

/// The reason why a JWK Set cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It has no list of keys, or too long a one.
    #[error("is not a JWK Set of at most {KEYS_MAX} keys")]
    Shape,
    /// It holds a private key, which everybody can now read.
    #[error("holds a private key: publish the public half only")]
    Private,
    /// None of its keys can check a signature.
    #[error("holds no RSA (2048 bits or more), P-256, P-384 or Ed25519 key for signatures")]
    NoKey,
}

/// A JWK Set (RFC 7517 §5), as far as it can check signatures. It is read key by key, and not as the library's `JwkSet`:
/// that reads all keys or none, where one that is not understood has to be passed over, and it drops private parts
/// without a word.
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Jwk>);

/// The reason why a token is not one that a key of the set signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unverified {
    /// No key of the set is the one that the token names: a newer set may have it.
    UnknownKey,
    /// It is no such token, whatever the keys.
    Never,
}

impl KeySet {
    /// Reads a set. Keys of other kinds and for other uses are passed over.
    ///
    /// # Errors
    /// [`KeySetError`] when it cannot be used.
    pub fn parse(set: &Value) -> Result<Self, KeySetError> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(KeySetError::Shape)?;
        if keys.len() > KEYS_MAX {
            return Err(KeySetError::Shape);
        }
        if keys.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
            return Err(KeySetError::Private);
        }
        let usable = |key: &Value| serde_json::from_value::<Jwk>(key.clone()).ok().filter(is_usable);
        let keys: Vec<Jwk> = keys.iter().filter_map(usable).collect();
        if keys.is_empty() { Err(KeySetError::NoKey) } else { Ok(Self(keys)) }
    }

    /// The claims of a token that one of the keys signed, whatever they say.
    ///
    /// # Errors
    /// [`Unverified`] when none of them did.
    pub fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<T, Unverified> {
        let header = header(token).map_err(|_| Unverified::Never)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Unverified::Never);
        }
        let mut validation = Validation::new(header.alg);
        // Compared with our own clock, by whoever knows what the token is for.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_required_spec_claims::<&str>(&[]);
        let named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
        let candidates = self.0.iter().filter(named).filter(|key| signs(key, header.alg));
        let verified = candidates
            .filter_map(|key| DecodingKey::from_jwk(key).ok())
            .find_map(|key| jsonwebtoken::decode(token, &key, &validation).ok());
        verified.map(|token| token.claims).ok_or(Unverified::UnknownKey)
    }
}

fn is_usable(key: &Jwk) -> bool {
    let for_signatures =
        key.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let strong = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) => URL_SAFE_NO_PAD
            .decode(&rsa.n)
            .is_ok_and(|modulus| modulus.iter().skip_while(|&&byte| byte == 0).count() >= RSA_MODULUS_MIN),
        AlgorithmParameters::EllipticCurve(_) | AlgorithmParameters::OctetKeyPair(_) => true,
        _ => false,
    };
    for_signatures && strong && DecodingKey::from_jwk(key).is_ok()
}

/// Says if a key makes signatures of this kind: its own kind and what it says of itself decide, never the token.
fn signs(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => algorithm.family() == AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(point) => matches!(
            (&point.curve, algorithm),
            (EllipticCurve::P256, Algorithm::ES256) | (EllipticCurve::P384, Algorithm::ES384)
        ),
        AlgorithmParameters::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
        _ => false,
    };
    kind && key.common.key_algorithm.is_none_or(|own| Algorithm::try_from(own) == Ok(algorithm))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_set_without_a_good_key_is_none() {
        let ec = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        assert!(KeySet::parse(&json!({"keys": [ec]})).is_ok());
        let private = json!({"kty": "EC", "crv": "P-256", "x": ec["x"], "y": ec["y"], "d": "AA"});
        assert_eq!(KeySet::parse(&json!({"keys": [ec, private]})).unwrap_err(), KeySetError::Private);
        for shape in [json!(null), json!([]), json!({}), json!({"keys": {}}), json!({"keys": vec![&ec; 21]})]
        {
            assert_eq!(KeySet::parse(&shape).unwrap_err(), KeySetError::Shape, "{shape}");
        }
        for none in [
            json!({"keys": []}),
            json!({"keys": [{"kty": "oct"}]}),
            json!({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}),
            json!({"keys": [{"kty": "EC", "crv": "P-256", "x": ec["x"], "y": ec["y"], "use": "enc"}]}),
            json!({"keys": ["x", 1, null]}),
        ] {
            assert_eq!(KeySet::parse(&none).unwrap_err(), KeySetError::NoKey, "{none}");
        }
    }
}
