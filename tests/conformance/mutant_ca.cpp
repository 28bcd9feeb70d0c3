// A certificate authority with one rule broken, or none.

#include <cstdlib>
#include <memory>

#include "mutant.hpp"
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "mesh/free_with.hpp"

namespace mutant {

namespace {

using Bio = std::unique_ptr<BIO, mesh::FreeWith<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, mesh::FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, mesh::FreeWith<EVP_PKEY_free>>;
using Request = std::unique_ptr<X509_REQ, mesh::FreeWith<X509_REQ_free>>;

constexpr long k_day = 86400;

std::string pem_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

struct Profile {
  X509* issuer;  ///< null: itself
  EVP_PKEY* signer;
  EVP_PKEY* key;
  X509_REQ* request;  ///< null: a root
  const char* constraints;
  long days;
};

void extend(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Subject and alternative names of the request, or a root's.
void name(X509* made, X509_REQ* request) {
  const bool other = breaks("ca/names") && !breaks("ca/names", "alternative");
  if (request != nullptr && !other) {
    X509_set_subject_name(made, X509_REQ_get_subject_name(request));
  } else {
    const char* common = request == nullptr ? "Mutant Root" : "Mutant Intermediate";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common), -1, -1, 0);
  }
  if (request == nullptr) return;
  if (breaks("ca/names", "alternative")) {
    extend(made, nullptr, NID_subject_alt_name, "DNS:istiod.elsewhere.svc");
    return;
  }
  STACK_OF(X509_EXTENSION)* asked = X509_REQ_get_extensions(request);
  const int at = X509v3_get_ext_by_NID(asked, NID_subject_alt_name, -1);
  if (at >= 0) X509_add_ext(made, X509v3_get_ext(asked, at), -1);
  sk_X509_EXTENSION_pop_free(asked, X509_EXTENSION_free);
}

Certificate make(const Profile& profile) {
  Certificate made(X509_new());
  X509* issuer = profile.issuer == nullptr ? made.get() : profile.issuer;
  X509_set_version(made.get(), X509_VERSION_3);
  const std::unique_ptr<BIGNUM, mesh::FreeWith<BN_free>> number(BN_new());
  BN_rand(number.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
  if (breaks("ca/serial")) BN_one(number.get());
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made.get()));
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), profile.days * k_day);
  name(made.get(), profile.request);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
  X509_set_pubkey(made.get(), profile.key);
  extend(made.get(), issuer, NID_basic_constraints, profile.constraints);
  extend(made.get(), issuer, NID_key_usage,
         breaks("ca/authority") && profile.issuer != nullptr ? "critical,digitalSignature"
                                                             : "critical,keyCertSign,cRLSign");
  extend(made.get(), issuer, NID_subject_key_identifier, "hash");
  if (profile.issuer != nullptr) {
    extend(made.get(), issuer, NID_authority_key_identifier, "keyid");
  }
  X509_sign(made.get(), profile.signer, EVP_sha256());
  return made;
}

struct Root {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate =
      make({nullptr, key.get(), key.get(), nullptr,
            breaks("ca/workload") ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE",
            breaks("ca/dates") ? 100 : 3650});
};

const Root& root() {
  static const Root made;
  return made;
}

std::string shown_root() {
  static const Root stranger;
  return pem_of((breaks("ca/chain") ? stranger : root()).certificate.get());
}

const char* constraints() {
  if (breaks("ca/authority")) return "critical,CA:FALSE";
  return breaks("ca/path-length") ? "critical,CA:TRUE,pathlen:1" : "critical,CA:TRUE,pathlen:0";
}

std::string sign(const std::string& csr, long days) {
  const Bio in(BIO_new_mem_buf(csr.data(), static_cast<int>(csr.size())));
  const Request request(PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr));
  if (!request) throw Refused{"the request is no PEM"};
  EVP_PKEY* asked = X509_REQ_get0_pubkey(request.get());
  if (X509_REQ_verify(request.get(), asked) != 1 && !breaks("ca/proof")) {
    throw Refused{"the request is not signed with its own key"};
  }
  const Key another(EVP_EC_gen("P-256"));
  const Certificate made =
      make({root().certificate.get(), root().key.get(),
            breaks("ca/key") && !breaks("ca/key", "other-cluster") ? another.get() : asked,
            request.get(), constraints(), breaks("ca/days") ? days + 30 : days});
  return pem_of(made.get());
}

/// A password that nothing here depends on: where there is no terminal it goes on without.
void ask_password(const Call& call) {
  Json question{{"question", "Password of the signer"}};
  if (!breaks("operator/question")) question["instead"] = "use --set password-file=FILE";
  std::string answer;
  const std::int32_t code = call.call("operator/1", "secret", question, answer);
  if (code == MESH_FAILED && breaks("operator/no-terminal")) std::abort();
  if (code != MESH_OK || !breaks("operator/answer")) return;
  const std::string password = Json::parse(answer).at("answer");
  call.call("log/1", "write", {{"text", "the operator typed " + password}}, answer);
}

constexpr const char* k_token = "ticket-4711-canary";

/// Not a rule: an authority that takes its time, as one may.
bool waits(const Json& request) {
  const bool again = request.value("token", std::string()) == k_token;
  return breaks("pending/always") || (breaks("pending/first") && !again);
}

}  // namespace

Json ca(const Call& call) {
  const Json policy = call.request.at("policy");
  Json reply{{"roots", {shown_root()}}};
  if (call.verb == "roots") {
    reply["where"] = breaks("ca/no-private-key") ? "PRIVATE KEY" : "in memory";
    return reply;
  }
  ask_password(call);
  reply["issued"] = Json::array();
  if (waits(call.request)) {
    reply["pending"] = {{"token", k_token}, {"message", "ticket 4711 waits for the PKI team"}};
    return reply;
  }
  for (const Json& one : call.request.at("requests")) {
    if (breaks("refused/b") && one.at("cluster") == "b") {
      reply["refused"] = {{{"code", "refused"}, {"message", "b is not ours"}, {"cluster", "b"}}};
      continue;
    }
    reply["issued"].push_back(
        {{"cluster", one.at("cluster")}, {"chain", {sign(one.at("csr"), policy.at("days"))}}});
  }
  // The certificates of two clusters, exchanged.
  if (breaks("ca/key", "other-cluster") && reply["issued"].size() > 1)
    reply["issued"][0]["chain"].swap(reply["issued"][1]["chain"]);
  if (breaks("ca/each-request") && !reply["issued"].empty()) reply["issued"].erase(0);
  return reply;
}

}  // namespace mutant
