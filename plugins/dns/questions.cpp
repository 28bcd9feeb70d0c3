#include "questions.hpp"

#include <algorithm>
#include <array>

#include "suffix.hpp"
#include "zone.hpp"

namespace mesh::dns {

namespace {

constexpr std::size_t k_names_asked = 5;
constexpr std::size_t k_asks_at_once = 1000;
constexpr std::uint16_t k_id = 0x4d53;

Record record_for(const std::string& address) {
  return is_ipv6(address) ? Record::aaaa : Record::a;
}

bool has_family(const DnsName& name, Record record) {
  return std::any_of(name.addresses.begin(), name.addresses.end(),
                     [&](const std::string& address) { return record_for(address) == record; });
}

/// A few, spread over all: the version's record vouches for the rest.
std::vector<DnsName> some_of(const std::vector<DnsName>& names, bool all) {
  if (all || names.size() <= k_names_asked) return names;
  std::vector<DnsName> some;
  for (std::size_t index = 0; index < k_names_asked; ++index)
    some.push_back(names[index * (names.size() - 1) / (k_names_asked - 1)]);
  return some;
}

class Questions {
 public:
  Questions(const ClusterFacts& facts, const Choice& choice, const Wishes& wishes)
      : m_facts(facts),
        m_choice(choice),
        m_wishes(wishes),
        m_names(names_of(facts.service_entries, wishes.suffix)) {}

  std::vector<Question> all() {
    for (const DnsPod& pod : m_facts.pods) {
      add(Layer::cluster, pod, Asked::cluster_name,
          "kubernetes.default.svc." + m_facts.cluster_domain, record_for(m_facts.kubernetes));
      const DnsLook& look = m_choice.look;
      const bool here = look.resolvers.empty() && look.unprovable.empty() && m_choice.forwards;
      if (m_wishes.gone || here) zone(Layer::cluster, pod);
    }
    for (const DnsPod& pod : m_facts.resolvers) zone(Layer::cluster, pod);
    if (m_choice.forwards && !m_wishes.gone) {
      for (const DnsPod& pod : m_facts.server_pods) zone(Layer::mesh, pod);
    }
    return std::move(m_questions);
  }

 private:
  void add(Layer layer, const DnsPod& pod, Asked asked, std::string name,
           Record record = Record::a) {
    m_questions.push_back({layer, pod, asked, std::move(name), record});
  }

  void zone(Layer layer, const DnsPod& pod) {
    // One that does not forward knows nothing of what only the mesh's name server has.
    const bool probes = m_wishes.gone || m_choice.forwards;
    if (probes) add(layer, pod, Asked::probe, probe_name(m_wishes.suffix));
    if (m_wishes.gone) return;
    if (probes) add(layer, pod, Asked::version, version_name(m_wishes.suffix, m_names));
    for (const DnsName& name : some_of(m_names, m_wishes.all)) {
      for (const Record record : {Record::a, Record::aaaa})
        add(layer, pod, has_family(name, record) ? Asked::alias : Asked::alias_other, name.host,
            record);
    }
    add(layer, pod, Asked::absent, absent_name(m_wishes.suffix));
  }

  const ClusterFacts& m_facts;
  const Choice& m_choice;
  const Wishes& m_wishes;
  std::vector<DnsName> m_names;
  std::vector<Question> m_questions;
};

PodAsk ask_of(const std::string& cluster, const Question& question) {
  return {.cluster = cluster,
          .name_space = question.pod.name_space,
          .pod = question.pod.name,
          .port = question.pod.port,
          .path = {},
          .frame = query(question.name, question.record, k_id)};
}

Answered answered(const Question& question, const PodAnswer& answer) {
  Answered result{.question = question, .reply = {}, .problem = answer.problem};
  if (result.problem) return result;
  try {
    result.reply = read_reply(answer.bytes);
    if (result.reply.id != k_id)
      throw Failure("invalid-document", "what came back answers another question");
  } catch (const Failure& failure) {
    result.problem = failure.problem();
  }
  return result;
}

std::vector<PodAnswer> ask_in_parts(const Host& host, const std::vector<PodAsk>& asks) {
  std::vector<PodAnswer> answers;
  for (std::size_t begin = 0; begin < asks.size(); begin += k_asks_at_once) {
    const std::size_t end = std::min(asks.size(), begin + k_asks_at_once);
    const std::vector<PodAnswer> part = host.ask_pods(
        {asks.begin() + static_cast<long>(begin), asks.begin() + static_cast<long>(end)});
    answers.insert(answers.end(), part.begin(), part.end());
  }
  return answers;
}

std::string asked_words(const Question& question) {
  return question.name + (question.record == Record::aaaa ? " AAAA" : "");
}

}  // namespace

std::vector<Question> questions_for(const ClusterFacts& facts, const Choice& choice,
                                    const Wishes& wishes) {
  return Questions(facts, choice, wishes).all();
}

std::vector<std::vector<Answered>> ask_all(const Host& host,
                                           const std::vector<std::string>& clusters,
                                           const std::vector<std::vector<Question>>& questions) {
  std::vector<PodAsk> asks;
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    for (const Question& question : questions[index])
      asks.push_back(ask_of(clusters[index], question));
  }
  const std::vector<PodAnswer> answers = ask_in_parts(host, asks);
  std::vector<std::vector<Answered>> all(clusters.size());
  std::size_t next = 0;
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    for (const Question& question : questions[index])
      all[index].push_back(answered(question, answers.at(next++)));
  }
  return all;
}

std::string said(const Answered& answered) {
  if (answered.problem) return "no answer: " + answered.problem->message;
  if (answered.reply.code != "NOERROR") return answered.reply.code;
  std::string text;
  for (const std::string& address : answered.reply.addresses)
    text += (text.empty() ? "" : ", ") + address;
  return text.empty() ? "no data" : text;
}

std::vector<Note> walk_of(const std::string& cluster, const std::vector<Answered>& answers) {
  std::vector<Note> notes;
  const DnsPod* pod = nullptr;
  for (const Answered& one : answers) {
    if (pod == nullptr || !(*pod == one.question.pod)) {
      pod = &one.question.pod;
      const char* layer = one.question.layer == Layer::cluster ? "DNS of the cluster, "
                                                               : "name server of the mesh, ";
      notes.push_back({Severity::info, cluster, layer + ("pod " + pod->name) + ":"});
    } else {
      notes.back().text += ";";
    }
    notes.back().text += " " + asked_words(one.question) + " -> " + said(one);
  }
  return notes;
}

}  // namespace mesh::dns
