// SPDX-License-Identifier: BSD-2-Clause
// -k2-NAME=VALUE on the command line, NAME=VALUE in K2_OPTIONS. The command line wins.
#ifndef K2_PLUGIN_OPTIONS_H
#define K2_PLUGIN_OPTIONS_H

#include <map>
#include <string>

#include <k2/optimize.h>
#include <k2/profile.h>

namespace k2
{

struct Options {
	k2_options core = {}; // `core.disable` points into `disable`; `core.rules` lives as long as the process
	std::string disable;
	k2_profile *profile = nullptr; // lives as long as the process; nullptr: none
	std::string report;   // file name; empty: none
	std::string cache;    // the same
	bool dump = false;    // instructions before and after, to stderr
	bool rebuild = false; // self-test: no optimisation, every instruction through the codec and back
	bool strictAlign = false;
};

// Registers the command line options. False: another copy of the plugin in this process has done so.
bool registerOptions();

// Reads command line and environment, once per process. What makes no sense is left out, with one warning line on
// stderr.
const Options &options();

} // namespace k2

#endif
