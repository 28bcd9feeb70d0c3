#include "unit/plugin_support.hpp"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "mesh/free_with.hpp"
#include "mesh/time.hpp"

// A third party's strategy, through the same services and in both isolations: OpenSSL judges what
// comes out.

namespace mesh {

using test::how;
using test::problem_of;
using test::TemporaryFolder;

namespace {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Request = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;

template <typename Write>
std::string pem(const Write& write) {
  const Bio out(BIO_new(BIO_s_mem()));
  write(out.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Certificate certificate(const std::string& text) {
  const Bio in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  return Certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

void set_name(X509_NAME* name, const char* common) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common), -1, -1, 0);
}

/// The company's root, valid for ten days: shorter than what will be asked for.
Certificate make_root(EVP_PKEY* key) {
  Certificate root(X509_new());
  X509_set_version(root.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(root.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(root.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(root.get()), 10 * 86400);
  set_name(X509_get_subject_name(root.get()), "Corp Root");
  X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
  X509_set_pubkey(root.get(), key);
  X509V3_CTX context;
  X509V3_set_ctx(&context, root.get(), root.get(), nullptr, nullptr, 0);
  for (const auto& [id, value] : {std::pair(NID_basic_constraints, "critical,CA:TRUE"),
                                  std::pair(NID_key_usage, "critical,keyCertSign,cRLSign"),
                                  std::pair(NID_subject_key_identifier, "hash")}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
    X509_add_ext(root.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(root.get(), key, EVP_sha256());
  return root;
}

std::string make_csr(EVP_PKEY* key) {
  const Request request(X509_REQ_new());
  set_name(X509_REQ_get_subject_name(request.get()), "Intermediate CA");
  X509_REQ_set_pubkey(request.get(), key);
  STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
  sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                         "DNS:istiod.istio-system.svc"));
  X509_REQ_add_extensions(request.get(), extensions);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  X509_REQ_sign(request.get(), key, EVP_sha256());
  return pem([&](BIO* out) { PEM_write_bio_X509_REQ(out, request.get()); });
}

bool verifies(X509* made, X509* root) {
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, root);
  X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, made, nullptr);
  const bool good = X509_verify_cert(context) == 1;
  INFO(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
  CHECK(good);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return good;
}

struct Company {
  Company() {
    folder.write("root.pem", pem([&](BIO* out) { PEM_write_bio_X509(out, root.get()); }));
    folder.write("key.pem", pem([&](BIO* out) {
                   PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
                 }));
    plugins.add(test::example("corp-ca"),
                test::content(std::filesystem::path(test::k_examples) / "corp-ca.json"));
    catalogue = plugins.catalogue();
  }

  Json request() const {
    return {{"settings",
             {{"root-cert", (folder.path() / "root.pem").string()},
              {"root-key", (folder.path() / "key.pem").string()}}},
            {"policy", {{"days", 365}}}};
  }

  Json ask(Isolation isolation, const char* verb, const Json& document) const {
    const ServiceCall services = [](std::string_view service, std::string_view, const Json&) {
      if (service == "clock/1")
        return Json{{"time", time_text(std::chrono::floor<std::chrono::seconds>(
                                 std::chrono::system_clock::now()))}};
      return Json::object();
    };
    PluginStart start = how(isolation);
    start.files = {(folder.path() / "root.pem").string(), (folder.path() / "key.pem").string()};
    return start_plugin(catalogue.plugins.at(0), start)
        ->invoke("ca/1:corp-ca", verb, document, services, Deadline::in(std::chrono::seconds(10)));
  }

  TemporaryFolder folder;
  test::PluginFolder plugins;
  Catalogue catalogue;
  Key key{EVP_EC_gen("P-256")};
  Certificate root{make_root(key.get())};
};

}  // namespace

TEST_CASE("corp-ca signs each cluster's request with the company root") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  const Company company;
  const Key mine(EVP_EC_gen("P-256"));
  Json request = company.request();
  request["requests"] = {{{"cluster", "a"}, {"csr", make_csr(mine.get())}},
                         {{"cluster", "b"}, {"csr", make_csr(mine.get())}}};
  const Json reply = company.ask(isolation, "issue", request);
  REQUIRE(reply.at("issued").size() == 2);
  CHECK(reply.at("issued")[1].at("cluster") == "b");
  CHECK(reply.at("roots") == company.ask(isolation, "roots", company.request()).at("roots"));
  REQUIRE(reply.at("issued")[0].at("chain").size() == 1);

  const Certificate made = certificate(reply.at("issued")[0].at("chain")[0].get<std::string>());
  REQUIRE(made);
  CHECK(verifies(made.get(), company.root.get()));
  CHECK(X509_check_ca(made.get()) == 1);
  CHECK(X509_get_pathlen(made.get()) == 0);
  CHECK(X509_check_private_key(made.get(), mine.get()) == 1);
  CHECK(X509_check_host(made.get(), "istiod.istio-system.svc", 0, 0, nullptr) == 1);
  CHECK(X509_get_key_usage(made.get()) == (KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  // A year was asked for, but nothing outlives its root.
  CHECK(ASN1_TIME_compare(X509_get0_notAfter(made.get()), X509_get0_notAfter(company.root.get())) ==
        0);
  const Certificate other = certificate(reply.at("issued")[1].at("chain")[0].get<std::string>());
  CHECK(ASN1_INTEGER_cmp(X509_get_serialNumber(made.get()), X509_get_serialNumber(other.get())) !=
        0);
}

TEST_CASE("corp-ca says which of its files is wrong") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  Company company;
  const auto message = [&](const Json& request) {
    const Problem problem = problem_of([&] { company.ask(isolation, "roots", request); });
    CHECK(problem.code == "invalid-input");
    return problem.message;
  };
  CHECK(message(Json::object()) == "corp-ca: the setting root-cert is missing");
  const Key another(EVP_EC_gen("P-256"));
  company.folder.write("key.pem", pem([&](BIO* out) {
                         PEM_write_bio_PrivateKey(out, another.get(), nullptr, nullptr, 0, nullptr,
                                                  nullptr);
                       }));
  CHECK_THAT(message(company.request()), Catch::Contains("key.pem is not the key of"));
  company.folder.write("root.pem", "nothing");
  CHECK_THAT(message(company.request()), Catch::Contains("root.pem holds no certificate in PEM"));
  std::filesystem::remove(company.folder.path() / "root.pem");
  CHECK_THAT(message(company.request()), Catch::Contains("root.pem cannot be read"));
}

TEST_CASE("corp-ca refuses a request that its sender did not sign") {
  const Company company;
  const Key mine(EVP_EC_gen("P-256"));
  Json request = company.request();
  request["requests"] = {{{"cluster", "a"}, {"csr", "nonsense"}}};
  CHECK(problem_of([&] { company.ask(Isolation::in_process, "issue", request); }).code ==
        "invalid-input");
  CHECK(problem_of([&] { company.ask(Isolation::in_process, "rotate", request); }).code ==
        "unsupported");
}

}  // namespace mesh
