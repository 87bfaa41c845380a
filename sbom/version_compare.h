/* SPDX-License-Identifier: Apache-2.0 */
/* Which of two versions is the later one. (version_compare.c) */
#ifndef WAYBILL_VERSION_COMPARE_H
#define WAYBILL_VERSION_COMPARE_H

#include "sbom/bom.h"

/* Less than, equal to or greater than 0 as `[epoch:]version[-release]` `a` is earlier than, the
 * same as or later than `b`: for WB_PACKAGE_DEB as dpkg orders them (deb-version(7)), for
 * WB_PACKAGE_RPM as rpm does (rpm-version(7)); for others, whose rules are their own, as rpm orders
 * versions without epoch and release. Any text has a place in the order. */
int wb_version_compare(enum wb_package_kind kind, const char *a, const char *b);

#endif
