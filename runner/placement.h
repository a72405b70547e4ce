// Which gateway a run goes to: the least loaded one that has what the run asks for. Pure.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace cellar {

/// One gateway, as far as the choice goes.
struct PlaceFacts {
  std::string name;
  std::vector<std::string> labels;
  int weight = 1;
  std::optional<int> max_kernels;  // nullopt: no bound
  int kernels = 0;                 // that runs of ours have, now, whatever worker they are of
  bool is_warm = false;            // has a kernel ready for the run: wanted among equals
  bool answers = true;             // false: left alone for a while
  std::optional<std::set<std::string>> kernelspecs;  // nullopt: not known
  std::set<std::string> languages;                   // of the kernelspecs, in lower case
  bool is_asked = false;  // for its kernelspecs, just now; else not knowing them rules nothing out
};

struct PlaceWish {
  std::vector<std::string> gateways;  // names, any of them
  std::string kernelspec;             // empty: one of the language
  std::string language;               // empty, python: the gateway's default kernelspec
  std::vector<std::string> labels;    // all of them
};

struct Placement {
  std::optional<std::size_t> place;  // index of the gateway
  std::string waits_for;             // else: why not now, for a person
  bool can_ever = true;              // false: no gateway of ours has what it asks for
};

bool IsFull(const PlaceFacts& place);

Placement ChoosePlace(std::span<const PlaceFacts> places, const PlaceWish& wish);

}  // namespace cellar
