use mesh_sdk::{refuse, Problem};
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{X509Builder, X509Name, X509Ref, X509Req, X509};

const CLOCK_SKEW: i64 = 300;
const DAY: i64 = 86400;

pub struct Signer {
    certificate: X509,
    key: PKey<Private>,
}

/// What OpenSSL says, as a Problem.
fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::new("failed", format!("@NAME@: {error}"))
}

/// A new root certificate and its key, in PEM.
pub fn make_root(name: &str, now: i64, days: i64) -> Result<String, Problem> {
    new_root(name, now, days).map_err(failed)
}

impl Signer {
    pub fn read(text: &str) -> Result<Self, Problem> {
        let read = || -> Result<Self, ErrorStack> {
            let certificate = X509::from_pem(text.as_bytes())?;
            Ok(Signer { certificate, key: PKey::private_key_from_pem(text.as_bytes())? })
        };
        read().map_err(failed)
    }

    pub fn root(&self) -> Result<String, Problem> {
        pem(self.certificate.to_pem().map_err(failed)?)
    }

    /// The intermediate's certificate for a request: its subject, names and key, our profile. It
    /// ends after `days`, and never after the root.
    pub fn sign(&self, csr: &str, now: i64, days: i64) -> Result<String, Problem> {
        let request = X509Req::from_pem(csr.as_bytes()).and_then(|request| {
            let own = request.verify(request.public_key()?.as_ref())?;
            Ok(own.then_some(request))
        });
        let Ok(Some(request)) = request else {
            return Err(refuse("the certificate request is not signed with its own key", ""));
        };
        pem(self.intermediate(&request, now, days).and_then(|made| made.to_pem()).map_err(failed)?)
    }

    fn intermediate(&self, request: &X509Req, now: i64, days: i64) -> Result<X509, ErrorStack> {
        let root = &self.certificate;
        let mut made = begun(now, days, Some(root))?;
        made.set_subject_name(request.subject_name())?;
        made.set_issuer_name(root.subject_name())?;
        made.set_pubkey(request.public_key()?.as_ref())?;
        made.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
        made.append_extension(
            KeyUsage::new().critical().digital_signature().key_cert_sign().crl_sign().build()?,
        )?;
        let context = made.x509v3_context(Some(root), None);
        let own = SubjectKeyIdentifier::new().build(&context)?;
        let issuer = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        made.append_extension(own)?;
        made.append_extension(issuer)?;
        // Of all that the requester asked for, only his names are taken over.
        for asked in request.extensions().into_iter().flatten() {
            if is_alternative_name(&asked.to_der()?) {
                made.append_extension(asked)?;
            }
        }
        made.sign(&self.key, MessageDigest::sha256())?;
        Ok(made.build())
    }
}

fn new_root(name: &str, now: i64, days: i64) -> Result<String, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
    let subject = named(name)?;
    let mut made = begun(now, days, None)?;
    made.set_subject_name(&subject)?;
    made.set_issuer_name(&subject)?;
    made.set_pubkey(&key)?;
    made.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    made.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
    let own = SubjectKeyIdentifier::new().build(&made.x509v3_context(None, None))?;
    made.append_extension(own)?;
    made.sign(&key, MessageDigest::sha256())?;
    let mut text = made.build().to_pem()?;
    text.extend(key.private_key_to_pem_pkcs8()?);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// An extension in DER is a header of two to five bytes, then its object identifier.
fn is_alternative_name(der: &[u8]) -> bool {
    let identifier = [0x06, 0x03, 0x55, 0x1d, 0x11];
    (2..6).any(|at| der.get(at..).is_some_and(|rest| rest.starts_with(&identifier)))
}

fn named(name: &str) -> Result<X509Name, ErrorStack> {
    let mut subject = X509Name::builder()?;
    subject.append_entry_by_nid(Nid::COMMONNAME, name)?;
    Ok(subject.build())
}

fn begun(now: i64, days: i64, issuer: Option<&X509Ref>) -> Result<X509Builder, ErrorStack> {
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::ONE, false)?;
    let end = Asn1Time::from_unix(now + days * DAY)?;
    let mut made = X509::builder()?;
    made.set_version(2)?;
    made.set_serial_number(Asn1Integer::from_bn(&serial)?.as_ref())?;
    made.set_not_before(Asn1Time::from_unix(now - CLOCK_SKEW)?.as_ref())?;
    match issuer.map(X509Ref::not_after).filter(|last| *last < end.as_ref()) {
        Some(last) => made.set_not_after(last)?,
        None => made.set_not_after(&end)?,
    }
    Ok(made)
}

fn pem(text: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(text).map_err(failed)
}
