#include "strategies.hpp"

#include <algorithm>

namespace mesh::serviceentry {

bool asks_for(const ExposureRequest& request, const std::string& cluster) {
  return std::find(request.clusters.begin(), request.clusters.end(), cluster) !=
         request.clusters.end();
}

std::vector<std::string> readable_clusters(const ExposureRequest& request) {
  std::vector<std::string> clusters;
  for (const Member& member : request.mesh.members) {
    if (std::find(request.unseen.begin(), request.unseen.end(), member.context) ==
        request.unseen.end())
      clusters.push_back(member.context);
  }
  return clusters;
}

Action application(const std::string& cluster, Json object, const std::string& reason) {
  Action action;
  action.type = ActionType::apply;
  action.cluster = cluster;
  action.object = std::move(object);
  action.reason = reason;
  return action;
}

}  // namespace mesh::serviceentry
