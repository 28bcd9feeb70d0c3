#include <algorithm>

#include "corefile.hpp"
#include "facts.hpp"
#include "loadable.hpp"
#include "look_up.hpp"
#include "marked_block.hpp"
#include "owners.hpp"
#include "strategies.hpp"

// A marked block in the Corefile of the cluster's own CoreDNS.

namespace mesh::dns {

namespace {

constexpr const char* k_pointer = "/data/Corefile";
constexpr int k_coredns_score = 60;

std::string corefile_text(const DnsRequest& request) {
  return text_at(object_in(request, "config"), k_pointer);
}

void note_neighbours(Plan& plan, const DnsRequest& request, const Corefile& others) {
  const auto note = [&](const std::string& text) {
    plan.notes.push_back({Severity::warning, request.cluster, text});
  };
  for (const Served& below : find_below(others, request.suffix))
    note("the Corefile serves a part of " + request.suffix + " elsewhere, " + at_line(below) +
         ": names in it are not asked from the mesh");
  for (const Served& unknown : find_variables(others))
    note("the Corefile's " + at_line(unknown) + " is an environment variable: if it stands for " +
         request.suffix + ", CoreDNS refuses the block and it is reverted");
}

/// What speaks against a block in this file; nothing: it may be there.
std::optional<Problem> objection(const DnsRequest& request, const Corefile& others) {
  if (auto taken = zone_taken(request, others, "")) return taken;
  const bool bare = std::any_of(others.blocks.begin(), others.blocks.end(),
                                [](const ServerBlock& block) { return !block.braces; });
  if (!bare) return std::nullopt;
  const Json& config = object_in(request, "config");
  return refusal(
      request, config,
      object_name(config) + " has its one server block without braces: nothing can stand behind it",
      "put braces around it");
}

/// A file that is broken elsewhere can have our block taken out all the same.
bool reloads(const std::string& text) {
  try {
    return has_plugin(parse_corefile(text), "reload");
  } catch (const Failure&) {
    return true;
  }
}

class CoreDns : public DnsStrategy {
 public:
  Extension describe() const override {
    return strategy_named("coredns", "a marked block in the Corefile of the cluster's CoreDNS",
                          true);
  }

  DnsFit fit(const DnsRequest& request, const Host&) override {
    if (auto hindered = hindrance(request)) return *hindered;
    if (corefile_text(request).empty())
      return {.score = 0, .why = "no ConfigMap with a Corefile is found", .hint = {}};
    const Json& config = object_in(request, "config");
    if (const auto unfit = owned(config)) return *unfit;
    return {.score = k_coredns_score, .why = "CoreDNS reads " + object_name(config), .hint = {}};
  }

  DnsLook look(const DnsRequest& request, const Host&) override {
    try {
      const auto block = find_marked(corefile_text(request));
      if (!block) return {};
      return {.present = true,
              .targets = targets_of(block->body),
              .where = object_name(object_in(request, "config"))};
    } catch (const Failure&) {  // broken marks: plan and remove say so
      return {};
    }
  }

  Plan plan(const DnsRequest& request, const Host& host) override {
    require_no_settings(request);
    Plan plan;
    const Json& config = object_in(request, "config");
    const DnsFit fits = fit(request, host);
    if (fits.score == 0) {
      plan.refusals.push_back(refusal(request, config, fits.why, fits.hint));
      return plan;
    }
    return refusing(request, std::move(plan), [&](Plan& own) { plan_edit(own, request, config); });
  }

  Plan remove(const DnsRequest& request, const Host&) override {
    const std::string text = corefile_text(request);
    return refusing(request, {}, [&](Plan& plan) {
      if (find_marked(text))
        write(plan, request, text, without_marked(text), "take our block out of the Corefile");
    });
  }

 private:
  /// A broken file, or broken marks of ours in it, is a refusal that names the object.
  template <typename Work>
  static Plan refusing(const DnsRequest& request, Plan plan, const Work& work) {
    try {
      work(plan);
    } catch (const Failure& failure) {
      const Json& config = object_in(request, "config");
      plan.refusals.push_back(refusal(request, config,
                                      object_name(config) + ", " + failure.problem().message,
                                      failure.problem().hint));
    }
    return plan;
  }

  static void plan_edit(Plan& plan, const DnsRequest& request, const Json& config) {
    const std::string text = text_at(config, k_pointer);
    const Corefile others = parse_corefile(without_marked(text));
    if (auto problem = objection(request, others)) {
      plan.refusals.push_back(*problem);
      return;
    }
    if (const auto fault = load_fault(request)) {
      plan.refusals.push_back(unloadable(request, *fault));
      return;
    }
    note_neighbours(plan, request, others);
    write(plan, request, text,
          with_marked(text, stub_block(request.suffix, root_port(others), request.server)),
          "send " + request.suffix + " to " + request.server);
    note_owner(plan, request.cluster, config);
  }

  static void write(Plan& plan, const DnsRequest& request, const std::string& before,
                    const std::string& after, const std::string& reason) {
    if (before == after) return;
    Action action = edit_of(request, object_in(request, "config"), reason);
    action.precondition = {{k_pointer, before}};
    action.patch = {{{"op", "replace"}, {"path", k_pointer}, {"value", after}}};
    plan.actions.push_back(std::move(action));
    if (!reloads(before))
      plan.actions.push_back(
          restart_of(request, "its Corefile lacks the plugin reload, so it reads it only once"));
  }
};

}  // namespace

ExtensionPtr make_coredns() {
  return std::make_unique<CoreDns>();
}

}  // namespace mesh::dns
