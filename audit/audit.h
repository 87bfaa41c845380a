/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of an image as a hardening team would do it, from the same single reading of the layers
 * that makes the SBOM.
 *
 *   wb_sbom_generate ──▶ observer: audit_observer.c shows files to the secret scan (secret_*.c) and
 * to │               the reader of executables (executable_*.c) └─▶ inspect:    audit.c runs the
 * table of checks (checks.c) over config, layers, merged file system, packages ──▶ findings ──▶
 * waivers, baseline ──▶ writers (report_*.c) */
#ifndef WAYBILL_AUDIT_H
#define WAYBILL_AUDIT_H

#include "sbom/sbom.h"

/* ---- checks (checks.c) ------------------------------------------------------------------------
 */

enum wb_audit_severity {
    WB_AUDIT_INFORMATION,
    WB_AUDIT_LOW,
    WB_AUDIT_MEDIUM,
    WB_AUDIT_HIGH,
    WB_AUDIT_CRITICAL,
};
const char *wb_audit_severity_name(enum wb_audit_severity severity); /* "high" */
bool wb_audit_severity_parse(const char *text, enum wb_audit_severity *severity);

/* What a check came to. */
enum wb_audit_state {
    WB_AUDIT_PASSED,
    WB_AUDIT_FAILED,
    WB_AUDIT_NOT_APPLICABLE, /* there is nothing here that it is about */
    WB_AUDIT_INCONCLUSIVE,   /* it could not be told; the detail says why */
};
const char *wb_audit_state_name(enum wb_audit_state state); /* "not-applicable" */

struct wb_audit;

/* One row of the table. */
struct wb_audit_check {
    const char *id;    /* stable, kebab-case: "setuid-file" */
    const char *title; /* what is found */
    enum wb_audit_severity severity;
    const char *reference; /* "CIS Docker 4.8; CCI-002235"; NULL where none was checked */
    const char *remedy;    /* what to do */
    /* Adds findings (wb_audit_add_finding) and says what it came to. */
    enum wb_audit_state (*run)(struct wb_audit *audit, const struct wb_audit_check *check);
    /* What `run` looks for, where that is a list: names of programs, or paths
     * (wb_audit_path_matches); NULL. */
    const char *const *patterns;
};
const struct wb_audit_check *wb_audit_checks(size_t *count);
const struct wb_audit_check *wb_audit_check_find(const char *id);

/* ---- findings
 * ------------------------------------------------------------------------------------
 */

struct wb_audit_finding {
    const struct wb_audit_check *check;
    enum wb_audit_severity severity; /* the check's, unless this one is less or more */
    const char *path;                /* absolute, printable; NULL */
    int layer;                       /* index of the layer that caused it; -1: none */
    int history;                     /* index of the history line that caused it; -1: none */
    bool hidden;         /* in a lower layer only: deleted or replaced later, but still shipped */
    const char *package; /* its owner; NULL */
    const char *account; /* the one it is about; NULL */
    const char *detail;  /* one line; secrets redacted */
    int64_t line;        /* of a file, from 1; 0: none */
    /* 64 hex digits over check, path, layer's diffID where hidden, and what was found: stable over
     * rebuilds that leave the finding as it is. */
    const char *fingerprint;
    const char *waiver;         /* the reason why it does not count; NULL */
    const char *waiver_expires; /* when that ends, as stated; NULL without a waiver */
    bool in_baseline;           /* was there before */
};

/* ---- options and result -------------------------------------------------------------------------
 */

struct wb_audit_options {
    const char *const *allowed_accounts; /* beyond root and the image's user */
    size_t allowed_account_count;
    const char *const *allowed_ports;
    size_t allowed_port_count;
    /* What must stay, beside entry point and command: package names and absolute paths. */
    const char *const *keep;
    size_t keep_count;
    const char *const *skip; /* check ids */
    size_t skip_count;
    bool secrets;                   /* look for them at all */
    struct wb_bytes built_in_rules; /* TOML */
    const struct wb_bytes *rules;   /* users' own, in gitleaks' form, beside the built-in ones */
    size_t rules_count;
    bool has_max_age;
    int64_t max_age; /* seconds */
    int64_t now;
    struct wb_bytes baseline; /* an earlier report as JSON; empty: none */
    struct wb_bytes waivers;  /* JSON, docs/audit.md; empty: none */
};

struct wb_audit_result {
    const struct wb_audit_check *check;
    enum wb_audit_state state;
    size_t finding_count;
    size_t counted;     /* of them: neither waived nor in the baseline */
    size_t waived;      /* of them */
    const char *detail; /* why inconclusive; NULL */
};

/* A package that nothing the image runs needs. */
struct wb_unneeded_package {
    const struct wb_package *package;
    int64_t installed_size;
    unsigned order;      /* safest first, from 0: leaves before what they need */
    const char *caution; /* why a person must look before it is removed; NULL: nothing is known */
};

struct wb_audit_report {
    const struct wb_bom *bom;
    struct wb_audit_result *results; /* one for each check that ran, in the table's order */
    size_t result_count, result_capacity;
    struct wb_audit_finding *findings; /* sorted: severity falling, check, path, layer */
    size_t finding_count, finding_capacity;
    struct wb_unneeded_package *unneeded;
    size_t unneeded_count, unneeded_capacity;
    size_t rules_loaded; /* secret rules */
    /* For people: waivers that ran out, waivers of nothing. */
    const char **notes;
    size_t note_count, note_capacity;
    const bool *secret_history; /* for each line of the history: it holds a secret */
    const struct wb_audit_options *options;
    int64_t now;
    struct wb_arena *arena;
};

/* The rules that are part of the program (secret_rules.toml). */
struct wb_bytes wb_audit_built_in_rules(void);
/* Reads rules, baseline and waivers: what is wrong with them is said before any layer is read. No
 * rule at all with `secrets` is an error. The options must outlive it. */
struct wb_audit *wb_audit_new(const struct wb_audit_options *options, struct wb_error *err);
void wb_audit_free(struct wb_audit *audit);
WB_AUTO_DECLARE(wb_audit)
/* Plugs the audit into the making of the SBOM: sets `layer.observer`, `layer.keep` (beside what the
 * package readers keep) and `inspect`. Call it after wb_sbom_layer_options. One image at a time. */
void wb_audit_plug(struct wb_audit *audit, struct wb_sbom_options *options);
/* After wb_sbom_generate: what was found. Belongs to the audit; valid while the document is. */
const struct wb_audit_report *wb_audit_report_of(const struct wb_audit *audit);
/* What a check came to, with waivers counted: its state, or "waived" where all it found is. */
const char *wb_audit_result_name(const struct wb_audit_result *result);
/* The highest severity of what counts: neither waived nor in the baseline. False: nothing counts.
 */
bool wb_audit_worst(const struct wb_audit_report *report, enum wb_audit_severity *worst);

/* ---- writers (report_*.c)
 * ------------------------------------------------------------------------- */

enum wb_audit_format {
    WB_AUDIT_TABLE,
    WB_AUDIT_JSON,
    WB_AUDIT_SARIF,     /* 2.1.0 */
    WB_AUDIT_PREDICATE, /* of an in-toto statement: docs/audit-predicate.md */
};
#define WB_AUDIT_PREDICATE_TYPE "urn:waybill:audit:1"
/* Counts up with what fingerprints are made of: a baseline with others would match nothing. */
#define WB_AUDIT_REPORT_TYPE "urn:waybill:audit-report:2"
void wb_audit_write(const struct wb_audit_report *report, enum wb_audit_format format,
                    struct wb_output *output);
/* Steps for a Dockerfile that would remove what can be removed mechanically, for a person to
 * review. (harden.c) */
void wb_audit_write_harden(const struct wb_audit_report *report, struct wb_output *output);

#endif
