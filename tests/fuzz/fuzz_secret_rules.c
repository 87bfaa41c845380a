/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files for secrets: what is taken can be scanned with, what is not is refused with a reason.
 */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "key = a8Sk2jd0Pq4z # password: token\nk=1234567890abcdef\n";
    struct wb_error err = WB_ERROR_INIT;
    struct wb_secret_rules *rules = wb_secret_rules_new();
    if (wb_secret_rules_add(rules, (struct wb_bytes){data, size}, "f", &err) &&
        wb_secret_rules_finish(rules, &err)) {
        if (wb_secret_rules_count(rules) == 0)
            abort();
        struct wb_secret_findings *findings = wb_secret_findings_new(rules);
        wb_secret_scan_text(findings, "etc/app.conf", text);
        wb_secret_findings_free(findings);
    } else if (err.status != WB_BAD_INPUT || err.message[0] == '\0') {
        abort();
    }
    wb_secret_rules_free(rules);
    return 0;
}
