/* SPDX-License-Identifier: Apache-2.0 */
/* What does not count: findings that are waived for a reason and a time, and those of an earlier
 * report. */
#include "audit/audit_private.h"
#include "base/glob.h"

#include <stdlib.h>
#include <string.h>

#define WAIVER_COUNT_MAX 10000
#define PATTERN_SIZE_MAX 4096

struct waiver {
    const struct wb_audit_check *check; /* NULL: any */
    const char *path;                   /* pattern; NULL: any, or with `fingerprint` */
    const char *fingerprint;            /* NULL: told by check and path */
    const char *reason;
    const char *expires; /* as stated */
    bool expired;
    size_t used;
};

struct wb_audit_waivers {
    struct wb_arena *arena;
    struct waiver *waivers;
    size_t count, capacity;
    const char **baseline; /* fingerprints, sorted */
    size_t baseline_count;
};

void wb_audit_waivers_free(struct wb_audit_waivers *waivers)
{
    if (waivers == NULL)
        return;
    wb_arena_free(waivers->arena);
    free(waivers->waivers);
    free(waivers->baseline);
    free(waivers);
}

/* ---- waivers ---- */

static bool is_fingerprint(const char *text)
{
    uint8_t bytes[32];
    return strlen(text) == 64 && wb_hex_parse(text, bytes, sizeof bytes);
}

/* A day counts to its end. */
static bool parse_expiry(const char *text, int64_t *time)
{
    if (wb_time_parse(text, time))
        return true;
    WB_AUTO_STRING end = wb_string_format("%.32sT23:59:59Z", text);
    return wb_time_parse(end, time);
}

static bool check_members(const json_t *json, size_t number, struct wb_error *err)
{
    static const char *const known[] = {"check", "path", "fingerprint", "reason", "expires"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found = found || strcmp(name, known[i]) == 0;
        if (!found)
            return wb_error_set(err, WB_BAD_INPUT, "waiver %zu: there is no member `%s`", number,
                                name);
        if (!json_is_string(value) || json_string_value(value)[0] == '\0')
            return wb_error_set(err, WB_BAD_INPUT, "waiver %zu: `%s` is not a text", number, name);
    }
    return json_is_object(json) ||
           wb_error_set(err, WB_BAD_INPUT, "waiver %zu: not an object", number);
}

static bool check_waiver(const struct waiver *waiver, const char *check, size_t number,
                         struct wb_error *err)
{
    if (waiver->reason == NULL || waiver->expires == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "waiver %zu: `reason` and `expires` are mandatory",
                            number);
    if ((waiver->fingerprint == NULL) == (waiver->path == NULL))
        return wb_error_set(err, WB_BAD_INPUT,
                            "waiver %zu: one of `path` and `fingerprint` says what is waived",
                            number);
    if (waiver->fingerprint == NULL && check == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "waiver %zu: `check` goes with `path`", number);
    if (check != NULL && waiver->check == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "waiver %zu: there is no check `%s`", number, check);
    if (waiver->fingerprint != NULL && !is_fingerprint(waiver->fingerprint))
        return wb_error_set(err, WB_BAD_INPUT, "waiver %zu: `fingerprint` is not 64 hex digits",
                            number);
    return waiver->path == NULL || strlen(waiver->path) <= PATTERN_SIZE_MAX ||
           wb_error_set(err, WB_BAD_INPUT, "waiver %zu: `path` is too long", number);
}

static const char *text_of(struct wb_arena *arena, const json_t *json, const char *name)
{
    return wb_arena_copy(arena, wb_json_string_of(json, name));
}

static bool read_waiver(struct wb_audit_waivers *waivers, const json_t *json, int64_t now,
                        struct wb_error *err)
{
    size_t number = waivers->count + 1;
    if (!check_members(json, number, err))
        return false;
    const char *check = wb_json_string_of(json, "check");
    struct waiver waiver = {
        .check = check == NULL ? NULL : wb_audit_check_find(check),
        .path = text_of(waivers->arena, json, "path"),
        .fingerprint = text_of(waivers->arena, json, "fingerprint"),
        .reason = text_of(waivers->arena, json, "reason"),
        .expires = text_of(waivers->arena, json, "expires"),
    };
    int64_t expires;
    if (!check_waiver(&waiver, check, number, err))
        return false;
    if (!parse_expiry(waiver.expires, &expires))
        return wb_error_set(err, WB_BAD_INPUT,
                            "waiver %zu: `expires` is not a day such as 2027-01-31, or a time",
                            number);
    waiver.expired = now > expires;
    WB_APPEND(waivers->waivers, waivers->count, waivers->capacity, waiver);
    return true;
}

static bool read_waivers(struct wb_audit_waivers *waivers, const struct wb_audit_options *options,
                         struct wb_error *err)
{
    WB_AUTO_JSON json = wb_json_parse(options->waivers, err);
    if (json == NULL)
        return false;
    const json_t *list = wb_json_array_of(json, "waivers");
    if (list == NULL || wb_json_integer_of(json, "version", 0) != 1 || json_object_size(json) != 2)
        return wb_error_set(err, WB_BAD_INPUT,
                            "not a list of waivers: {\"version\": 1, \"waivers\": [...]}");
    if (json_array_size(list) > WAIVER_COUNT_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more than %d waivers", WAIVER_COUNT_MAX);
    size_t i;
    const json_t *waiver;
    json_array_foreach(list, i, waiver)
    {
        if (!read_waiver(waivers, waiver, options->now, err))
            return false;
    }
    return true;
}

/* ---- baseline ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool read_baseline(struct wb_audit_waivers *waivers, struct wb_bytes text,
                          struct wb_error *err)
{
    WB_AUTO_JSON json = wb_json_parse(text, err);
    if (json == NULL)
        return false;
    const char *type = wb_json_string_of(json, "type");
    const json_t *findings = wb_json_array_of(json, "findings");
    if (type != NULL && strcmp(type, "urn:waybill:audit-report:1") == 0)
        return wb_error_set(
            err, WB_BAD_INPUT,
            "a report of an earlier version, whose fingerprints were made in another "
            "way: write it anew with `waybill audit -o json`");
    if (type == NULL || strcmp(type, WB_AUDIT_REPORT_TYPE) != 0 || findings == NULL)
        return wb_error_set(err, WB_BAD_INPUT,
                            "not a report of an audit, as `waybill audit -o json` writes it");
    waivers->baseline = wb_allocate_array(json_array_size(findings) + 1, sizeof(const char *));
    size_t i;
    const json_t *finding;
    json_array_foreach(findings, i, finding)
    {
        const char *fingerprint = text_of(waivers->arena, finding, "fingerprint");
        if (fingerprint == NULL || !is_fingerprint(fingerprint))
            return wb_error_set(err, WB_BAD_INPUT, "finding %zu has no fingerprint", i + 1);
        waivers->baseline[waivers->baseline_count++] = fingerprint;
    }
    if (waivers->baseline_count > 1)
        qsort(waivers->baseline, waivers->baseline_count, sizeof(const char *), compare_texts);
    return true;
}

struct wb_audit_waivers *wb_audit_waivers_new(const struct wb_audit_options *options,
                                              struct wb_error *err)
{
    WB_AUTO(wb_audit_waivers) *waivers = wb_allocate(sizeof *waivers);
    waivers->arena = wb_arena_new();
    if (options->waivers.size > 0 && !read_waivers(waivers, options, err)) {
        wb_error_context(err, "waivers");
        return NULL;
    }
    if (options->baseline.size > 0 && !read_baseline(waivers, options->baseline, err)) {
        wb_error_context(err, "baseline");
        return NULL;
    }
    return WB_STEAL(waivers);
}

/* ---- applying ---- */

static bool is_about(const struct waiver *waiver, const struct wb_audit_finding *finding)
{
    if (waiver->check != NULL && waiver->check != finding->check)
        return false;
    if (waiver->fingerprint != NULL)
        return strcmp(waiver->fingerprint, finding->fingerprint) == 0;
    return wb_glob_matches(waiver->path, finding->path == NULL ? "" : finding->path);
}

static void waive(struct wb_audit *audit, struct wb_audit_finding *finding)
{
    struct wb_audit_waivers *waivers = audit->waivers;
    for (size_t i = 0; i < waivers->count; i++) {
        struct waiver *waiver = &waivers->waivers[i];
        if (!is_about(waiver, finding))
            continue;
        waiver->used++;
        if (waiver->expired || finding->waiver != NULL)
            continue;
        finding->waiver = wb_audit_printable(audit, waiver->reason);
        finding->waiver_expires = wb_audit_printable(audit, waiver->expires);
    }
}

static void note_waivers(struct wb_audit *audit)
{
    for (size_t i = 0; i < audit->waivers->count; i++) {
        const struct waiver *waiver = &audit->waivers->waivers[i];
        if (waiver->expired)
            wb_audit_note(audit, "waiver %zu ran out on %s and does not count: %s", i + 1,
                          waiver->expires, waiver->reason);
        else if (waiver->used == 0)
            wb_audit_note(audit, "waiver %zu is about nothing that was found: %s", i + 1,
                          waiver->reason);
    }
}

static void count_finding(struct wb_audit_report *report, const struct wb_audit_finding *finding)
{
    for (size_t i = 0; i < report->result_count; i++)
        if (report->results[i].check == finding->check) {
            report->results[i].waived += finding->waiver != NULL;
            report->results[i].counted += finding->waiver == NULL && !finding->in_baseline;
        }
}

void wb_audit_waivers_apply(struct wb_audit *audit)
{
    struct wb_audit_report *report = &audit->report;
    struct wb_audit_waivers *waivers = audit->waivers;
    for (size_t i = 0; i < waivers->count; i++)
        waivers->waivers[i].used = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        struct wb_audit_finding *finding = &report->findings[i];
        waive(audit, finding);
        finding->in_baseline =
            waivers->baseline_count > 0 &&
            bsearch(&finding->fingerprint, waivers->baseline, waivers->baseline_count,
                    sizeof(const char *), compare_texts) != NULL;
        count_finding(report, finding);
    }
    note_waivers(audit);
}

const char *wb_audit_result_name(const struct wb_audit_result *result)
{
    if (result->state == WB_AUDIT_FAILED && result->waived == result->finding_count)
        return "waived";
    return wb_audit_state_name(result->state);
}
