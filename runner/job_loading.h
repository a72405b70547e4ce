// A job from disk or standard input: the file's text, the files that it names, its checksum, and
// the parameter values that were given with it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jobs/job.h"
#include "jobs/problem.h"
#include "jobs/read_job.h"
#include "store/store.h"

namespace cellar {

using GivenValues = std::vector<std::pair<std::string, Value>>;

/// `-p name=value` and `-f FILE`, in this order of weight: what -p says wins. Throws Error kUsage
/// with every problem.
GivenValues ReadGivenValues(const std::vector<std::string>& assignments,
                            const std::vector<std::string>& value_files);

struct LoadedJob {
  Job job;
  std::string path;    // as it was given; "-": standard input
  std::string sha256;  // of the file's text
  std::string text;
};

struct JobLoading {
  std::optional<LoadedJob> loaded;  // there exactly when there are no problems
  std::vector<Problem> problems;    // all of them
};

/// Reads one job. A file that cannot be read is a problem like any other. Files larger than
/// 64 MiB are refused.
JobLoading LoadJob(const std::string& path);

/// The same, with values given: an unknown name, a missing or a forbidden value is a problem.
JobLoading LoadJob(const std::string& path, const GivenValues& given);

/// The same of a text that is there already; what it names is read by `read_file` alone. `path` as
/// in ReadJob.
JobLoading LoadJobText(const std::string& path, const std::string& text,
                       const FileReader& read_file);

/// Gives values to what was loaded, as above.
JobLoading WithValues(JobLoading loading, const GivenValues& given);

/// The texts of the files that the job names, by the paths that it gives, as they are now; without
/// those that cannot be read.
std::map<std::string, std::string> NamedTexts(const LoadedJob& loaded);

/// As it is handed to the store: with the absolute path of its file, since another process may run
/// it. Standard input counts as the file "-" of the current folder.
NewRun SubmissionOf(const LoadedJob& loaded);

}  // namespace cellar
