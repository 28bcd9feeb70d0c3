#include "stub_domains.hpp"

#include <algorithm>

#include "mesh/json.hpp"
#include "mesh/problem.hpp"

namespace mesh::dns {

namespace {

/// A member of the outermost object, by its place in the text.
struct Member {
  std::string name;
  std::size_t begin = 0, end = 0;  ///< from its name's quote to behind its value
};

[[noreturn]] void refuse_stubs(const std::string& why) {
  throw Failure("refused", "stubDomains of ConfigMap kube-system/kube-dns " + why,
                "kube-dns does not read it either: mend it first");
}

void require_lists(const Json& document) {
  if (!document.is_object()) refuse_stubs("is not a JSON object");
  for (const auto& [domain, servers] : document.items()) {
    const bool texts =
        servers.is_array() && std::all_of(servers.begin(), servers.end(),
                                          [](const Json& server) { return server.is_string(); });
    if (!texts) refuse_stubs("has no list of addresses for \"" + domain + "\"");
  }
}

Json parsed(std::string_view text) {
  Json document;
  try {
    document = parse_json(text, "stubDomains");
  } catch (const Failure& failure) {
    refuse_stubs("is not valid JSON: " + failure.problem().message);
  }
  require_lists(document);
  return document;
}

/// Walks over text that was parsed before: only strings and brackets matter.
std::vector<Member> members_of(std::string_view text) {
  std::vector<Member> members;
  int depth = 0;
  std::size_t string_begin = std::string_view::npos;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (string_begin != std::string_view::npos) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        if (depth == 1)
          members.push_back(
              {Json::parse(text.substr(string_begin, at + 1 - string_begin)).get<std::string>(),
               string_begin, at + 1});
        string_begin = std::string_view::npos;
      }
    } else if (c == '"') {
      string_begin = at;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 1) members.back().end = at + 1;
    }
  }
  return members;
}

std::vector<Member> same_name(const std::vector<Member>& members, const std::string& domain) {
  std::vector<Member> same;
  for (const Member& member : members) {
    if (member.name == domain) same.push_back(member);
  }
  if (same.size() > 1) refuse_stubs("has \"" + domain + "\" twice");
  return same;
}

std::string member_text(const std::string& domain, const std::string& server, const char* between) {
  return Json(domain).dump() + ":" + between + Json::array({server}).dump();
}

/// What with_stub makes where there was no key: one blank that it writes nowhere else.
constexpr const char* k_alone = " ";

bool made_alone(std::string_view text, const Json& document, const std::string& domain) {
  if (document.size() != 1 || document[domain].size() != 1) return false;
  return text == "{" + member_text(domain, document[domain][0].get<std::string>(), k_alone) + "}";
}

}  // namespace

std::optional<std::vector<std::string>> stub_of(std::string_view text, const std::string& domain) {
  const Json document = parsed(text);
  const auto member = document.find(domain);
  if (member == document.end()) return std::nullopt;
  return member->get<std::vector<std::string>>();
}

std::string with_stub(const std::optional<std::string>& text, const std::string& domain,
                      const std::string& server) {
  if (!text) return "{" + member_text(domain, server, k_alone) + "}";
  const Json document = parsed(*text);
  const bool alone = document.contains(domain) && made_alone(*text, document, domain);
  const std::string member = member_text(domain, server, alone ? k_alone : "");
  const std::vector<Member> members = members_of(*text);
  const std::vector<Member> ours = same_name(members, domain);
  std::string changed = *text;
  if (!ours.empty()) return changed.replace(ours[0].begin, ours[0].end - ours[0].begin, member);
  const std::size_t place = members.empty() ? text->find('{') + 1 : members.back().end;
  return changed.insert(place, (members.empty() ? "" : ",") + member);
}

std::optional<std::string> without_stub(std::string_view text, const std::string& domain) {
  const Json document = parsed(text);
  const std::vector<Member> members = members_of(text);
  const std::vector<Member> ours = same_name(members, domain);
  if (ours.empty()) return std::string(text);
  if (made_alone(text, document, domain)) return std::nullopt;
  std::size_t begin = ours[0].begin;
  std::size_t end = ours[0].end;
  // The comma goes with it: the one before, where with_stub put it, or the one behind.
  if (ours[0].name != members.front().name) {
    begin = text.rfind(',', begin);
  } else if (members.size() > 1) {
    end = text.find(',', end) + 1;
  }
  std::string changed(text);
  return changed.erase(begin, end - begin);
}

}  // namespace mesh::dns
