#include "runner/placement.h"

#include <algorithm>

namespace cellar {
namespace {

bool Contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Whether the default kernelspec, which every gateway has, may not be what it asks for.
bool IsChoosy(const PlaceWish& wish) {
  if (!wish.kernelspec.empty()) return true;
  return !wish.language.empty() && wish.language != "python";
}

/// Where there is a choice, a run does not go where its kernelspec may not be; the answer is near.
bool MustWaitForKernelspecs(const PlaceFacts& place, const PlaceWish& wish) {
  return IsChoosy(wish) && wish.gateways.size() > 1 && !place.kernelspecs && place.is_asked;
}

/// What the gateway lacks for good; empty: nothing.
std::string Lack(const PlaceFacts& place, const PlaceWish& wish) {
  for (const std::string& label : wish.labels) {
    if (!Contains(place.labels, label)) return "the label '" + label + "'";
  }
  if (!place.kernelspecs || !IsChoosy(wish)) return "";
  if (wish.kernelspec.empty()) {
    return place.languages.contains(wish.language) ? "" : "a kernel for '" + wish.language + "'";
  }
  if (place.kernelspecs->contains(wish.kernelspec)) return "";
  return "the kernelspec '" + wish.kernelspec + "'";
}

bool IsBetter(const PlaceFacts& a, const PlaceFacts& b) {
  const long load_a = static_cast<long>(a.kernels) * b.weight;
  const long load_b = static_cast<long>(b.kernels) * a.weight;
  return load_a < load_b || (load_a == load_b && a.is_warm && !b.is_warm);
}

}  // namespace

bool IsFull(const PlaceFacts& place) {
  return place.max_kernels && place.kernels >= *place.max_kernels;
}

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
    } else if (MustWaitForKernelspecs(place, wish)) {
      waits_for = "an answer of gateway " + place.name;
    } else if (IsFull(place)) {
      waits_for = "a free kernel on " + place.name;
    } else if (!choice.place || IsBetter(place, places[*choice.place])) {
      choice.place = i;
    }
  }
  if (choice.place) return choice;
  choice.can_ever = !waits_for.empty();
  choice.waits_for = choice.can_ever ? waits_for : lack;
  return choice;
}

}  // namespace cellar
