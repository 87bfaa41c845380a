/* SPDX-License-Identifier: Apache-2.0 */
/* Files looked at for secrets with the built-in rules: the same is found in one piece and in many,
 * in order, and never shown. */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wb_secret_rules *built_in_rules(void)
{
    static struct wb_secret_rules *rules; /* stays for all inputs */
    if (rules == NULL) {
        rules = wb_secret_rules_new();
        if (!wb_secret_rules_add(rules, wb_audit_built_in_rules(), "built-in", NULL) ||
            !wb_secret_rules_finish(rules, NULL))
            abort();
    }
    return rules;
}

static struct wb_secret_findings *scan(const uint8_t *data, size_t size, size_t piece)
{
    /* What the rules for files of certain names look at as well. */
    static const char *const paths[] = {"a",
                                        "etc/app.env",
                                        "root/.netrc",
                                        "root/.kube/config",
                                        "root/.pgpass",
                                        "root/.docker/config.json",
                                        "root/.m2/settings.xml",
                                        "etc/.htpasswd"};
    struct wb_secret_findings *findings = wb_secret_findings_new(built_in_rules());
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const struct wb_entry entry = {.path = paths[i], .size = size};
        void *file = wb_secret_begin(findings, &entry, i);
        for (size_t at = 0; at < size; at += piece)
            wb_secret_piece(findings, file, data + at, size - at < piece ? size - at : piece);
        wb_secret_end(findings, file);
    }
    return findings;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_secret_findings *whole = scan(data, size, size + 1);
    struct wb_secret_findings *parts = scan(data, size, 7);
    size_t count, part_count;
    const struct wb_secret_match *matches = wb_secret_matches(whole, &count);
    const struct wb_secret_match *part_matches = wb_secret_matches(parts, &part_count);
    if (count != part_count)
        abort();
    for (size_t i = 0; i < count; i++) {
        const struct wb_secret_match *one = &matches[i], *other = &part_matches[i];
        if (strcmp(one->rule, other->rule) != 0 || one->line != other->line ||
            strcmp(one->identity, other->identity) != 0 || one->redacted[0] == '\0' ||
            (i > 0 && (one->entry < matches[i - 1].entry ||
                       (one->entry == matches[i - 1].entry && one->line < matches[i - 1].line))))
            abort();
    }
    wb_secret_findings_free(whole);
    wb_secret_findings_free(parts);
    return 0;
}
