/* SPDX-License-Identifier: Apache-2.0 */
/* The words for severities and for what a check came to. */
#include "audit/audit.h"

#include <string.h>

static const char *const severities[] = {
    [WB_AUDIT_INFORMATION] = "information", [WB_AUDIT_LOW] = "low",
    [WB_AUDIT_MEDIUM] = "medium",           [WB_AUDIT_HIGH] = "high",
    [WB_AUDIT_CRITICAL] = "critical",
};

const char *wb_audit_severity_name(enum wb_audit_severity severity)
{
    return severities[severity];
}

bool wb_audit_severity_parse(const char *text, enum wb_audit_severity *severity)
{
    for (size_t i = 0; i < sizeof severities / sizeof severities[0]; i++)
        if (strcmp(text, severities[i]) == 0) {
            *severity = (enum wb_audit_severity)i;
            return true;
        }
    return false;
}

const char *wb_audit_state_name(enum wb_audit_state state)
{
    static const char *const names[] = {
        [WB_AUDIT_PASSED] = "passed",
        [WB_AUDIT_FAILED] = "failed",
        [WB_AUDIT_NOT_APPLICABLE] = "not-applicable",
        [WB_AUDIT_INCONCLUSIVE] = "inconclusive",
    };
    return names[state];
}
