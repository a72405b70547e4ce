#include "runner/placement.h"

#include <algorithm>

namespace cellar {
namespace {

bool Contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What the gateway lacks for good; empty: nothing.
std::string Lack(const PlaceFacts& place, const PlaceWish& wish) {
  for (const std::string& label : wish.labels) {
    if (!Contains(place.labels, label)) return "the label '" + label + "'";
  }
  if (wish.kernelspec.empty() || !place.kernelspecs) return "";
  if (place.kernelspecs->contains(wish.kernelspec)) return "";
  return "the kernelspec '" + wish.kernelspec + "'";
}

bool IsFull(const PlaceFacts& place) {
  return place.max_kernels && place.kernels >= *place.max_kernels;
}

bool LessLoaded(const PlaceFacts& a, const PlaceFacts& b) {
  return static_cast<long>(a.kernels) * b.weight < static_cast<long>(b.kernels) * a.weight;
}

}  // namespace

Placement ChoosePlace(std::span<const PlaceFacts> places, const PlaceWish& wish) {
  Placement choice;
  std::string lack = "a gateway that this worker knows";
  std::string waits_for;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const PlaceFacts& place = places[i];
    if (!Contains(wish.gateways, place.name)) continue;
    const std::string missing = Lack(place, wish);
    if (!missing.empty()) {
      lack = missing;
      continue;
    }
    if (!place.answers) {
      waits_for = "gateway " + place.name + " does not answer";
    } else if (IsFull(place)) {
      waits_for = "a free kernel on " + place.name;
    } else if (!choice.place || LessLoaded(place, places[*choice.place])) {
      choice.place = i;
    }
  }
  if (choice.place) return choice;
  choice.can_ever = !waits_for.empty();
  choice.waits_for = choice.can_ever ? waits_for : lack;
  return choice;
}

}  // namespace cellar
