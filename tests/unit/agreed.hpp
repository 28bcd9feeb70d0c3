#pragma once

#include <catch2/catch.hpp>

#include "plan/consent.hpp"

namespace mesh::test {

/// Holds the plans of one verb to what the first one showed and announced, as the host does.
class Agreed {
 public:
  void look_at(const Plan& plan) {
    std::vector<Step> steps;
    for (const Action& action : plan.actions) {
      const Announcement place = announcement_of(action);
      steps.push_back(
          {.action = action, .ref = place.target, .change = Change::act, .fields = {}, .live = {}});
    }
    if (m_first) m_consent.add(steps, plan.announces);
    m_first = false;
    for (const Step& step : m_consent.beyond(steps))
      FAIL_CHECK("neither shown nor announced: " << to_string(step.action.type) << " "
                                                 << acceptance_of(step) << " in "
                                                 << step.action.cluster);
  }

 private:
  Consent m_consent;
  bool m_first = true;
};

}  // namespace mesh::test
