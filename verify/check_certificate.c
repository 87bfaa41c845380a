/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures with a certificate: the path, the time, and who it is for. */
#include "verify/verify_private.h"

#include <regex.h>
#include <string.h>

/* With several timestamps every one must hold: a false one beside a true one is no reason to
 * believe. */
bool wb_check_times(const struct wb_signed_thing *thing, const struct wb_verify_demands *demands,
                    wb_time_judge *judge, void *context, struct wb_proof *proof,
                    struct wb_error *err)
{
    if (demands->timestamp_roots == NULL)
        return true;
    const struct wb_timestamp_trust trust = {.roots = demands->timestamp_roots};
    for (size_t i = 0; i < thing->timestamp_count; i++) {
        int64_t time;
        if (!wb_check_timestamp(thing->timestamps[i], thing->timestamped, &trust, &time, err) ||
            (judge != NULL && !judge(context, time, err)))
            return false;
        if (!proof->has_time || time < proof->time)
            proof->time = time;
        proof->has_time = true;
    }
    return true;
}

struct path {
    const struct wb_certificates *certificates;
    struct wb_certificate_trust trust;
};

static bool path_stands(void *context, int64_t time, struct wb_error *err)
{
    struct path *path = context;
    path->trust.time = time;
    return wb_certificates_check(path->certificates, &path->trust, err);
}

/* The certificate is judged as of each timestamp, or as of now without any. */
static bool check_path(const struct wb_signed_thing *thing, const struct wb_verify_demands *demands,
                       struct wb_proof *proof, struct wb_error *err)
{
    struct path path = {
        .certificates = thing->certificates,
        .trust = {.roots = demands->roots,
                  .intermediates = demands->intermediates,
                  .crls = demands->crls,
                  .crl_count = demands->crl_count,
                  .lists_time = demands->now,
                  .purpose = WB_PURPOSE_CODE_SIGNING},
    };
    return wb_check_times(thing, demands, path_stands, &path, proof, err) &&
           (proof->has_time || path_stands(&path, demands->now, err));
}

/* The whole of `text`, not a part of it: a pattern for example.org must not take
 * example.org.evil.test. Of all matches that begin first, POSIX takes the longest. */
static bool matches_whole(const char *pattern, const char *text, bool *matches,
                          struct wb_error *err)
{
    regex_t compiled;
    regmatch_t match;
    int code = regcomp(&compiled, pattern, REG_EXTENDED);
    if (code != 0) {
        char reason[200];
        regerror(code, &compiled, reason, sizeof reason);
        return wb_error_set(err, WB_USAGE, "%s is no regular expression: %s", pattern, reason);
    }
    *matches = regexec(&compiled, text, 1, &match, 0) == 0 && match.rm_so == 0 &&
               (size_t)match.rm_eo == strlen(text);
    regfree(&compiled);
    return true;
}

static bool is_wanted(const char *exact, const char *pattern, const char *text, bool *wanted,
                      struct wb_error *err)
{
    *wanted = true;
    if (exact != NULL)
        *wanted = text != NULL && strcmp(exact, text) == 0;
    if (*wanted && pattern != NULL) {
        if (text == NULL)
            *wanted = false;
        else
            return matches_whole(pattern, text, wanted, err);
    }
    return true;
}

static bool matches_identity(const struct wb_certificate_identity *identity,
                             const struct wb_verify_demands *demands, struct wb_arena *arena,
                             struct wb_proof *proof, struct wb_error *err)
{
    if (demands->identity == NULL && demands->identity_regexp == NULL)
        return wb_error_set(err, WB_USAGE,
                            "certificates need --certificate-identity or "
                            "--certificate-identity-regexp: whom to believe");
    bool wanted = false;
    for (size_t i = 0; i < identity->name_count && !wanted; i++) {
        if (!is_wanted(demands->identity, demands->identity_regexp, identity->names[i], &wanted,
                       err))
            return false;
        if (wanted)
            proof->identity = wb_arena_copy(arena, identity->names[i]);
    }
    if (!wanted)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "the certificate is for `%.200s`, not for whom "
                            "was demanded",
                            identity->name_count > 0 ? identity->names[0] : identity->subject);
    if (!is_wanted(demands->issuer, demands->issuer_regexp, identity->issuer, &wanted, err))
        return false;
    return wanted || wb_error_set(err, WB_CHECK_FAILED,
                                  "the certificate's OIDC issuer is `%.200s`, not the one demanded",
                                  identity->issuer == NULL ? "not stated" : identity->issuer);
}

bool wb_check_identity(const struct wb_certificates *certificates,
                       const struct wb_verify_demands *demands, struct wb_arena *arena,
                       struct wb_proof *proof, struct wb_error *err)
{
    struct wb_certificate_identity identity;
    return wb_certificate_identity(certificates, arena, &identity, err) &&
           matches_identity(&identity, demands, arena, proof, err);
}

bool wb_check_certificate(const struct wb_signed_thing *thing,
                          const struct wb_verify_demands *demands, struct wb_arena *arena,
                          struct wb_proof *proof, struct wb_error *err)
{
    return check_path(thing, demands, proof, err) &&
           wb_check_identity(thing->certificates, demands, arena, proof, err);
}
