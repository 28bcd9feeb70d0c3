#include "cli/junit.hpp"

#include <sstream>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include "base/text.hpp"
#include "cli/findings.hpp"
#include "cli/report_table.hpp"

namespace mesh {

namespace {

using Tree = boost::property_tree::ptree;

struct Suite {
  std::string name;
  Tree cases;
  int tests = 0, failures = 0, errors = 0, skipped = 0;
};

/// What came from a cluster may hold characters that XML has no way to write.
std::string text_of(const Json& item, const char* pointer) {
  const Json value = value_at(item, pointer);
  return value.is_string() ? escape_terminal(value.get<std::string>(), true) : std::string();
}

Tree with_message(const std::string& message, const std::string& more) {
  Tree tree;
  tree.put("<xmlattr>.message", message);
  if (!more.empty()) tree.put_value(more);
  return tree;
}

void add_case(Suite& suite, const std::string& name, const char* what, const Tree& said) {
  Tree one;
  one.put("<xmlattr>.classname", suite.name);
  one.put("<xmlattr>.name", name);
  if (what != nullptr) one.add_child(what, said);
  suite.cases.add_child("testcase", one);
  ++suite.tests;
}

void add_finding(Suite& suite, const Json& item) {
  const std::string severity = text_of(item, "/severity");
  const std::string evidence = text_of(item, "/evidence");
  const std::string protects = text_of(item, "/protects");
  Tree said =
      with_message(evidence, text_of(item, "/fix") + (protects.empty() ? "" : "\n" + protects));
  const char* what = nullptr;
  if (severity == to_string(Severity::failure)) {
    ++suite.failures;
    what = "failure";
  } else if (severity == to_string(Severity::skipped) || !text_of(item, "/exception").empty()) {
    ++suite.skipped;
    what = "skipped";
  } else if (!evidence.empty()) {
    what = "system-out";
    said = Tree(severity + ": " + evidence);
  }
  add_case(suite, text_of(item, "/id") + ": " + text_of(item, "/title"), what, said);
}

}  // namespace

std::string junit_text(const Report& report) {
  std::map<std::string, Suite> suites;
  const auto suite_of = [&](const std::string& cluster) -> Suite& {
    Suite& suite = suites[cluster];
    suite.name = cluster.empty() ? "the mesh" : cluster;
    return suite;
  };
  for (const Json& item : report.items)
    add_finding(suite_of(escape_terminal(subject_of(item), true)), item);
  for (const Problem& problem : report.problems) {
    Suite& suite = suite_of(problem.cluster);
    ++suite.errors;
    add_case(
        suite, problem.code, "error",
        with_message(escape_terminal(problem.message, true), escape_terminal(problem.hint, true)));
  }
  Tree root;
  Tree& all = root.put_child("testsuites", Tree());
  all.put("<xmlattr>.name", "kubectl mesh");
  for (const auto& [cluster, suite] : suites) {
    Tree one;
    one.put("<xmlattr>.name", suite.name);
    one.put("<xmlattr>.tests", suite.tests);
    one.put("<xmlattr>.failures", suite.failures);
    one.put("<xmlattr>.errors", suite.errors);
    one.put("<xmlattr>.skipped", suite.skipped);
    for (const auto& [name, child] : suite.cases) one.add_child(name, child);
    all.add_child("testsuite", one);
  }
  std::ostringstream text;
  boost::property_tree::write_xml(
      text, root, boost::property_tree::xml_writer_make_settings<std::string>(' ', 2));
  return text.str();
}

}  // namespace mesh
