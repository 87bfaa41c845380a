/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in rules, which are part of the program. */
#include "audit/audit.h"

struct wb_bytes wb_audit_built_in_rules(void)
{
    static const uint8_t bytes[] = {
#include "secret_rules_toml.h"
    };
    return (struct wb_bytes){bytes, sizeof bytes};
}
