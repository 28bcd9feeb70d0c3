#include "plugin/issuance.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>

#include "base/parallel.hpp"
#include "mesh/lookup.hpp"
#include "plugin/x509_handles.hpp"

namespace mesh {

namespace {

using x509::Certificate;
using x509::parse;
using x509::reading;
using x509::Request;
using x509::Stack;
using x509::Store;
using x509::StoreContext;
using Names = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

constexpr long k_day = 86400;
// What a day more or less is by clocks that differ, and by rounding.
constexpr long k_leeway = 3600;
constexpr std::size_t k_at_once = 4;

void free_extensions(STACK_OF(X509_EXTENSION) * stack) {
  sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}
using Extensions = std::unique_ptr<STACK_OF(X509_EXTENSION), FreeWith<free_extensions>>;

/// An issuance, read.
struct Judged {
  explicit Judged(const Issuance& issuance)
      : days(issuance.days),
        request(PEM_read_bio_X509_REQ(reading(issuance.csr).get(), nullptr, nullptr, nullptr)),
        made(issuance.chain.empty() ? Certificate() : parse(issuance.chain.front())) {
    for (std::size_t at = 1; at < issuance.chain.size(); ++at)
      issuers.push_back(parse(issuance.chain[at]));
    for (const std::string& root : issuance.roots) roots.push_back(parse(root));
  }

  std::int64_t days;
  Request request;
  Certificate made;
  std::vector<Certificate> issuers;
  std::vector<Certificate> roots;
};

std::string other_key(const Judged& one) {
  EVP_PKEY* key = X509_REQ_get0_pubkey(one.request.get());
  return EVP_PKEY_eq(X509_get0_pubkey(one.made.get()), key) == 1
             ? ""
             : "the certificate holds another public key than the request";
}

std::string no_authority(const Judged& one) {
  if (X509_check_ca(one.made.get()) != 1) return "its basic constraints do not say CA:TRUE";
  return (X509_get_key_usage(one.made.get()) & KU_KEY_CERT_SIGN) != 0
             ? ""
             : "its key usage lacks keyCertSign";
}

std::string long_path(const Judged& one) {
  const long length = X509_get_pathlen(one.made.get());
  if (length == 0) return {};
  return length < 0 ? "its path length is not limited"
                    : "its path length is " + std::to_string(length);
}

/// Each name in DER: their order means nothing.
std::set<std::string> names_in(const GENERAL_NAMES* list) {
  std::set<std::string> names;
  for (int at = 0; list != nullptr && at < sk_GENERAL_NAME_num(list); ++at) {
    unsigned char* bytes = nullptr;
    const int size = i2d_GENERAL_NAME(sk_GENERAL_NAME_value(list, at), &bytes);
    if (size > 0) names.emplace(reinterpret_cast<const char*>(bytes), size);
    OPENSSL_free(bytes);
  }
  return names;
}

std::string other_names(const Judged& one) {
  if (X509_NAME_cmp(X509_get_subject_name(one.made.get()),
                    X509_REQ_get_subject_name(one.request.get())) != 0)
    return "its subject is not the one of the request";
  const Extensions asked(X509_REQ_get_extensions(one.request.get()));
  const Names wanted(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(asked.get(), NID_subject_alt_name, nullptr, nullptr)));
  const Names given(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(one.made.get(), NID_subject_alt_name, nullptr, nullptr)));
  return names_in(wanted.get()) == names_in(given.get())
             ? ""
             : "its alternative names are not those of the request";
}

const X509* issuer_of(const Judged& one) {
  for (const auto* list : {&one.issuers, &one.roots}) {
    for (const Certificate& candidate : *list) {
      if (candidate && X509_check_issued(candidate.get(), one.made.get()) == X509_V_OK)
        return candidate.get();
    }
  }
  return nullptr;
}

std::string bad_dates(const Judged& one) {
  const ASN1_TIME* end = X509_get0_notAfter(one.made.get());
  if (X509_cmp_current_time(X509_get0_notBefore(one.made.get())) > 0) return "it is not valid yet";
  if (X509_cmp_current_time(end) < 0) return "it has expired";
  const X509* issuer = issuer_of(one);
  const bool outlives = issuer != nullptr && ASN1_TIME_compare(end, X509_get0_notAfter(issuer)) > 0;
  return outlives ? "it ends after its issuer" : "";
}

std::string long_life(const Judged& one) {
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(one.made.get()));
  if (static_cast<long>(days) * k_day + seconds <= one.days * k_day + k_leeway) return {};
  return "it lives for " + std::to_string(days) + " days, " + std::to_string(one.days) +
         " were asked for";
}

std::string unverified(const Judged& one) {
  const Store store(X509_STORE_new());
  for (const Certificate& root : one.roots) {
    if (!root) return "one of the roots is no certificate in PEM";
    X509_STORE_add_cert(store.get(), root.get());
  }
  const Stack between(sk_X509_new_null());
  for (const Certificate& issuer : one.issuers) {
    if (!issuer) return "the chain holds something that is no certificate in PEM";
    X509_up_ref(issuer.get());
    sk_X509_push(between.get(), issuer.get());
  }
  X509_STORE_set_flags(store.get(), X509_V_FLAG_X509_STRICT);
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), one.made.get(), between.get());
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return verified ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

struct Row {
  IssuanceRule rule;
  const char* id;
  std::string (*objection)(const Judged& one);
};
// The chain comes last: what is wrong with one certificate is said of it.
constexpr std::array<Row, 7> k_rows{{{IssuanceRule::key, "ca/key", other_key},
                                     {IssuanceRule::authority, "ca/authority", no_authority},
                                     {IssuanceRule::path_length, "ca/path-length", long_path},
                                     {IssuanceRule::names, "ca/names", other_names},
                                     {IssuanceRule::dates, "ca/dates", bad_dates},
                                     {IssuanceRule::days, "ca/days", long_life},
                                     {IssuanceRule::chain, "ca/chain", unverified}}};

const Row& row_of(IssuanceRule rule) {
  return *std::find_if(k_rows.begin(), k_rows.end(),
                       [&](const Row& row) { return row.rule == rule; });
}

std::string objection_of(const Row& row, const Judged& one) {
  if (!one.made) return "the chain does not begin with a certificate in PEM";
  return one.request ? row.objection(one) : "the request is no certificate request in PEM";
}

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> found;
  for (const Json& entry : list) {
    if (entry.is_string()) found.push_back(entry);
  }
  return found;
}

/// "ca/key: the certificate holds ..."; empty: it is in order.
std::string first_objection(const Issuance& issuance) {
  const Judged one(issuance);
  for (const Row& row : k_rows) {
    const std::string why = objection_of(row, one);
    if (!why.empty()) return std::string(row.id) + ": " + why;
  }
  return {};
}

/// Why there is not one certificate, or refusal, for each request; the cluster in `first`. Of some
/// the strategy may say that they wait; a step of a rotation that signs nothing answers none.
std::pair<std::string, std::string> miscounted(const Json& request, const Json& reply) {
  const Json& requests = lookup::list(request, "/requests");
  std::map<std::string, int> left;
  for (const Json& one : requests) ++left[lookup::text(one, "/cluster")];
  for (const char* part : {"/issued", "/refused"}) {
    for (const Json& one : lookup::list(reply, part)) --left[lookup::text(one, "/cluster")];
  }
  const std::string stage = lookup::text(request, "/stage");
  const bool signs = stage.empty() || stage == "none" || stage == "sign";
  const bool waits = !lookup::value(reply, "/pending").is_null() || !signs;
  for (const auto& [cluster, count] : left) {
    if (count > 0 && !waits) return {cluster, "ca/each-request: there is no certificate for it"};
    if (count < 0) return {cluster, "ca/each-request: that was not requested"};
  }
  return {};
}

Problem refused(const std::string& plugin, const std::string& cluster, const std::string& why) {
  Problem problem;
  problem.code = "refused";
  problem.message = "plugin " + plugin + " issued for " + cluster +
                    " what the contract of ca/1 forbids, " + why + "; nothing was written";
  problem.hint = "correct the authority's profile, or report it to the plugin's author";
  problem.cluster = cluster;
  return problem;
}

}  // namespace

const char* id_of(IssuanceRule rule) {
  return row_of(rule).id;
}

std::string objection(IssuanceRule rule, const Issuance& issuance) {
  return objection_of(row_of(rule), Judged(issuance));
}

std::optional<Problem> broken_rule(const Json& request, const Json& reply,
                                   const std::string& plugin) {
  const Json& requests = lookup::list(request, "/requests");
  const Json& issued = lookup::list(reply, "/issued");
  const auto [cluster, why] = miscounted(request, reply);
  if (!why.empty()) return refused(plugin, cluster, why);
  std::map<std::string, std::string> asked;
  for (const Json& one : requests) asked[lookup::text(one, "/cluster")] = lookup::text(one, "/csr");
  const std::int64_t days = lookup::number(request, "/policy/days");
  const std::vector<std::string> roots = texts(lookup::list(reply, "/roots"));
  std::vector<std::string> objections(issued.size());
  parallel_for(issued.size(), k_at_once, [&](std::size_t at) {
    objections[at] = first_objection({.csr = asked.at(lookup::text(issued[at], "/cluster")),
                                      .chain = texts(lookup::list(issued[at], "/chain")),
                                      .roots = roots,
                                      .days = days});
  });
  for (std::size_t at = 0; at < objections.size(); ++at) {
    if (!objections[at].empty())
      return refused(plugin, lookup::text(issued[at], "/cluster"), objections[at]);
  }
  return std::nullopt;
}

}  // namespace mesh
