// The one failure of a request after which it is certain that the gateway never saw it.
#pragma once

#include "jobs/error.h"

namespace cellar {

class NotConnected : public Error {
 public:
  using Error::Error;
};

}  // namespace cellar
