#include <array>

#include "fields.hpp"

#include "mesh/extension.hpp"

// ca/1 on the wire: sdk/schemas/ca.json. The same file holds both ends, so that they cannot differ.

namespace mesh {

namespace {

constexpr std::array<std::pair<std::string_view, RotationStage>, 5> k_stages{
    {{"none", RotationStage::none},
     {"trust", RotationStage::trust},
     {"sign", RotationStage::sign},
     {"drop", RotationStage::drop},
     {"abort", RotationStage::abort}}};

std::string_view word_of(RotationStage stage) {
  for (const auto& [word, value] : k_stages) {
    if (value == stage) return word;
  }
  return "none";
}

RotationStage stage_of(const std::string& text) {
  for (const auto& [word, value] : k_stages) {
    if (word == text) return value;
  }
  throw Failure("unsupported", "rotation stage \"" + text + "\" is not known");
}

Json to_json(const CaRequest& request) {
  return {{"settings", request.settings},
          {"folder", request.folder},
          {"policy",
           {{"key", request.policy.key},
            {"rootDays", request.policy.root_days},
            {"days", request.policy.days},
            {"trustDomain", request.policy.trust_domain}}}};
}

CaRequest read_ca_request(const Json& document) {
  CaRequest request;
  request.settings = document.value("settings", Json::object());
  request.folder = text_at(document, "folder");
  const Json policy = document.value("policy", Json::object());
  request.policy.key = text_at(policy, "key", request.policy.key);
  request.policy.root_days = policy.value("rootDays", request.policy.root_days);
  request.policy.days = policy.value("days", request.policy.days);
  request.policy.trust_domain = text_at(policy, "trustDomain", request.policy.trust_domain);
  return request;
}

Json to_json(const CaIssueRequest& request) {
  Json document = to_json(static_cast<const CaRequest&>(request));
  document["stage"] = word_of(request.stage);
  if (!request.token.empty()) document["token"] = request.token;
  document["requests"] = Json::array();
  for (const CertificateRequest& entry : request.requests) {
    document["requests"].push_back({{"cluster", entry.cluster}, {"csr", entry.csr}});
  }
  return document;
}

CaIssueRequest read_issue_request(const Json& document) {
  CaIssueRequest request;
  static_cast<CaRequest&>(request) = read_ca_request(document);
  request.stage = stage_of(text_at(document, "stage", "none"));
  request.token = text_at(document, "token");
  for (const Json& entry : document.value("requests", Json::array())) {
    request.requests.push_back({text_at(entry, "cluster"), text_at(entry, "csr")});
  }
  return request;
}

Json to_json(const CaRoots& roots) {
  return {{"roots", roots.roots},
          {"signer", roots.signer},
          {"next", roots.next},
          {"where", roots.where},
          {"seconds", roots.seconds}};
}

CaRoots read_roots(const Json& document) {
  return {.roots = texts_at(document, "roots"),
          .signer = text_at(document, "signer"),
          .next = text_at(document, "next"),
          .where = text_at(document, "where"),
          .seconds = document.value("seconds", std::int64_t{0})};
}

Json to_json(const CaIssued& answer) {
  Json document{{"issued", Json::array()}, {"roots", answer.roots}, {"keep", Json::array()}};
  for (const IssuedCertificate& entry : answer.issued) {
    document["issued"].push_back({{"cluster", entry.cluster}, {"chain", entry.chain}});
  }
  for (const StoredFile& file : answer.keep) {
    document["keep"].push_back({{"folder", file.folder},
                                {"name", file.name},
                                {"data", file.data},
                                {"replace", file.replace}});
  }
  for (const Problem& problem : answer.refused) document["refused"].push_back(to_json(problem));
  if (answer.pending)
    document["pending"] = {{"token", answer.pending->token}, {"message", answer.pending->message}};
  return document;
}

CaIssued read_issued(const Json& document) {
  CaIssued answer;
  answer.roots = texts_at(document, "roots");
  for (const Json& entry : document.value("issued", Json::array())) {
    answer.issued.push_back({text_at(entry, "cluster"), texts_at(entry, "chain")});
  }
  for (const Json& entry : document.value("keep", Json::array())) {
    answer.keep.push_back({.folder = text_at(entry, "folder"),
                           .name = text_at(entry, "name"),
                           .owner = {},
                           .data = text_at(entry, "data"),
                           .replace = entry.value("replace", false),
                           .kept = entry.value("kept", std::int64_t{0})});
  }
  for (const Json& entry : document.value("refused", Json::array()))
    answer.refused.push_back(problem_from_json(entry));
  if (document.contains("pending"))
    answer.pending = CaPending{.token = text_at(document.at("pending"), "token"),
                               .message = text_at(document.at("pending"), "message")};
  return answer;
}

Json to_json(const std::vector<CaSet>& sets) {
  Json document{{"sets", Json::array()}};
  for (const CaSet& set : sets) {
    document["sets"].push_back({{"cluster", set.cluster},
                                {"certificate", set.certificate},
                                {"key", set.key},
                                {"chain", set.chain},
                                {"roots", set.roots}});
  }
  return document;
}

std::vector<CaSet> read_sets(const Json& document) {
  std::vector<CaSet> sets;
  for (const Json& entry : document.value("sets", Json::array())) {
    sets.push_back({.cluster = text_at(entry, "cluster"),
                    .certificate = text_at(entry, "certificate"),
                    .key = text_at(entry, "key"),
                    .chain = texts_at(entry, "chain"),
                    .roots = texts_at(entry, "roots")});
  }
  return sets;
}

[[noreturn]] void not_offered(const char* ability) {
  throw Failure("unsupported", std::string("this strategy does not offer \"") + ability + "\"");
}

/// A stranger's answer of the wrong shape is his fault, said in his name.
template <typename Reader>
auto read_answer(const std::string& address, const char* verb, const Json& document,
                 Reader reader) {
  try {
    return reader(document);
  } catch (const Json::exception& error) {
    throw Failure("plugin-fault",
                  address + " " + verb + " answered a document of another shape: " + error.what());
  }
}

/// What a strategy keeps belongs into its own folder, although another plugin's plan stores it.
CaIssued owned(const std::string& address, CaIssued answer) {
  for (StoredFile& file : answer.keep) file.owner = address;
  return answer;
}

}  // namespace

CaIssued CaStrategy::issue(const CaIssueRequest&, const Host&) {
  not_offered("issue");
}

CaIssued CaStrategy::rotate(const CaIssueRequest&, const Host&) {
  not_offered("rotate");
}

std::vector<CaSet> CaStrategy::bring(const CaRequest&, const std::vector<std::string>&,
                                     const Host&) {
  not_offered("bring");
}

Json CaStrategy::invoke(std::string_view verb, const Json& request, const Host& host) {
  if (verb == "roots") return to_json(roots(read_ca_request(request), host));
  if (verb == "issue") return to_json(issue(read_issue_request(request), host));
  if (verb == "rotate") return to_json(rotate(read_issue_request(request), host));
  if (verb == "bring") {
    return to_json(bring(read_ca_request(request), texts_at(request, "clusters"), host));
  }
  throw Failure("unsupported", "ca/1 has no verb \"" + std::string(verb) + "\"");
}

CaClient::CaClient(std::string name, const Host& host)
    : m_address("ca/1:" + std::move(name)), m_host(host) {}

CaRoots CaClient::roots(const CaRequest& request) const {
  return read_answer(m_address, "roots", m_host.call(m_address, "roots", to_json(request)),
                     read_roots);
}

CaIssued CaClient::issue(const CaIssueRequest& request) const {
  return owned(m_address,
               read_answer(m_address, "issue", m_host.call(m_address, "issue", to_json(request)),
                           read_issued));
}

CaIssued CaClient::rotate(const CaIssueRequest& request) const {
  return owned(m_address,
               read_answer(m_address, "rotate", m_host.call(m_address, "rotate", to_json(request)),
                           read_issued));
}

std::vector<CaSet> CaClient::bring(const CaRequest& request,
                                   const std::vector<std::string>& clusters) const {
  Json document = to_json(request);
  document["clusters"] = clusters;
  return read_answer(m_address, "bring", m_host.call(m_address, "bring", document), read_sets);
}

}  // namespace mesh
