/* SPDX-License-Identifier: Apache-2.0 */
/* From the command line to what is demanded of a signature. */
#include "cli/verifying.h"
#include "cli/secrets.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CERTIFICATE_SIZE_MAX ((size_t)1 << 20)
#define CRL_SIZE_MAX ((size_t)64 << 20)
#define TRUSTED_ROOT_SIZE_MAX ((size_t)16 << 20)

void wb_verifying_options_clear(struct wb_verifying_options *options)
{
    wb_options_list_free(options->keys);
    wb_options_list_free(options->crls);
    wb_options_list_free(options->annotations);
    wb_options_list_free(options->requirements);
    wb_registry_arguments_clear(&options->registry);
    free(options->certificate_chain);
    free(options->roots);
    free(options->intermediates);
    free(options->trusted_root);
    free(options->trust);
    free(options->trust_update);
    free(options->identity);
    free(options->identity_regexp);
    free(options->issuer);
    free(options->issuer_regexp);
    free(options->timestamp_chain);
    free(options->type);
    free(options->digest_algorithm);
    free(options->output);
}

void wb_verifying_clear(struct wb_verifying *verifying)
{
    for (size_t i = 0; i < verifying->key_count; i++)
        wb_key_free(verifying->keys[i]);
    free(verifying->keys);
    for (size_t i = 0; i < verifying->crl_count; i++)
        wb_buffer_clear(&verifying->crls[i]);
    free(verifying->crls);
    free(verifying->crl_bytes);
    wb_certificates_free(verifying->roots);
    wb_certificates_free(verifying->intermediates);
    wb_certificates_free(verifying->timestamp_roots);
    wb_trusted_root_free(verifying->trusted_root);
    wb_pairs_clear(&verifying->annotations);
    wb_pairs_clear(&verifying->requirements);
    *verifying = (struct wb_verifying){0};
}

/* ---- cosign's switches ---- */

/* `needed` is the only value that Waybill can serve without a trusted root; NULL: either makes no
 * difference. */
static const struct {
    const char *name;
    const char *needed;
} switches[] = {
    {"--insecure-ignore-tlog", "true"}, {"--insecure-ignore-sct", "true"},
    {"--private-infrastructure", NULL}, {"--offline", NULL},
    {"--new-bundle-format", NULL},      {"--local-image", NULL},
    {"--use-signed-timestamps", NULL},  {"--experimental-oci11", NULL},
};
#define SWITCH_COUNT (sizeof switches / sizeof switches[0])

/* Whether it is one of them; false with `err` set when it asks for what is not done here. */
static bool is_switch(const char *argument, bool has_root, bool *found, struct wb_error *err)
{
    *found = false;
    for (size_t i = 0; i < SWITCH_COUNT && !*found; i++) {
        size_t length = strlen(switches[i].name);
        if (strncmp(argument, switches[i].name, length) != 0 ||
            (argument[length] != '\0' && argument[length] != '='))
            continue;
        *found = true;
        const char *value = argument[length] == '=' ? argument + length + 1 : "true";
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            return wb_error_set(err, WB_USAGE, "%s: it is true or false", argument);
        if (!has_root && switches[i].needed != NULL && strcmp(value, switches[i].needed) != 0)
            return wb_error_set(err, WB_USAGE, "%s: that is checked with --trusted-root FILE only",
                                argument);
    }
    return true;
}

const char **wb_verifying_arguments(int *argc, const char **argv, struct wb_error *err)
{
    const char **kept = wb_allocate_array((size_t)*argc + 1, sizeof *kept);
    int count = 0;
    bool options_end = false, good = true, has_root = false;
    for (int i = 0; i < *argc; i++)
        has_root = has_root || wb_text_starts_with(argv[i], "--trusted-root");
    for (int i = 0; i < *argc && good; i++) {
        bool found = false;
        options_end = options_end || strcmp(argv[i], "--") == 0;
        if (!options_end)
            good = is_switch(argv[i], has_root, &found, err);
        if (!found)
            kept[count++] = argv[i];
    }
    *argc = count;
    if (good)
        return kept;
    free(kept);
    return NULL;
}

/* ---- keys and certificates ---- */

static bool open_keys(char *const *references, struct wb_verifying *verifying, struct wb_error *err)
{
    size_t count = wb_options_list_count(references);
    struct wb_password_source passwords = wb_password_from_user();
    verifying->keys = wb_allocate_array(count + 1, sizeof *verifying->keys);
    for (size_t i = 0; i < count; i++) {
        struct wb_key *key = wb_key_open_public(references[i], &passwords, err);
        if (key == NULL)
            return false;
        verifying->keys[verifying->key_count++] = key;
    }
    verifying->demands.keys = verifying->keys;
    verifying->demands.key_count = count;
    return true;
}

static bool read_certificates(const char *path, struct wb_certificates **certificates,
                              struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (path == NULL)
        return true;
    if (!wb_read_argument(path, CERTIFICATE_SIZE_MAX, &content, err))
        return false;
    *certificates = wb_certificates_read(wb_buffer_bytes(&content), err);
    return *certificates != NULL || wb_error_context(err, "%s", path);
}

/* cosign's order: what leads to the root, and last the root itself. */
static bool read_chain(const char *path, struct wb_verifying *verifying, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *chain = NULL;
    if (!read_certificates(path, &chain, err))
        return false;
    size_t count = wb_certificates_count(chain);
    for (size_t i = 0; i < count; i++) {
        WB_AUTO_VALUE(wb_buffer) der = {0};
        if (!wb_certificate_der(chain, i, &der, err) ||
            !wb_certificates_add_der(i + 1 == count ? &verifying->roots : &verifying->intermediates,
                                     wb_buffer_bytes(&der), err))
            return wb_error_context(err, "%s", path);
    }
    return true;
}

static bool read_crls(char *const *paths, struct wb_verifying *verifying, struct wb_error *err)
{
    size_t count = wb_options_list_count(paths);
    verifying->crls = wb_allocate_array(count + 1, sizeof *verifying->crls);
    verifying->crl_bytes = wb_allocate_array(count + 1, sizeof *verifying->crl_bytes);
    for (size_t i = 0; i < count; i++) {
        verifying->crl_count++;
        if (!wb_read_argument(paths[i], CRL_SIZE_MAX, &verifying->crls[i], err))
            return false;
        verifying->crl_bytes[i] = wb_buffer_bytes(&verifying->crls[i]);
    }
    verifying->demands.crls = verifying->crl_bytes;
    verifying->demands.crl_count = count;
    return true;
}

static bool read_trusted_root(const char *path, struct wb_verifying *verifying,
                              struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) json = {0};
    if (path == NULL)
        return true;
    if (!wb_read_argument(path, TRUSTED_ROOT_SIZE_MAX, &json, err))
        return false;
    verifying->trusted_root = wb_trusted_root_read(wb_buffer_bytes(&json), err);
    verifying->demands.trusted_root = verifying->trusted_root;
    return verifying->trusted_root != NULL || wb_error_context(err, "%s", path);
}

static bool open_certificates(const struct wb_verifying_options *options,
                              struct wb_verifying *verifying, struct wb_error *err)
{
    bool good = options->certificate_chain != NULL
                    ? read_chain(options->certificate_chain, verifying, err)
                    : read_certificates(options->roots, &verifying->roots, err) &&
                          read_certificates(options->intermediates, &verifying->intermediates, err);
    if (!good || !read_certificates(options->timestamp_chain, &verifying->timestamp_roots, err) ||
        !read_crls(options->crls, verifying, err) ||
        !read_trusted_root(options->trusted_root, verifying, err))
        return false;
    struct wb_verify_demands *demands = &verifying->demands;
    demands->roots = verifying->roots;
    demands->intermediates = verifying->intermediates;
    demands->timestamp_roots = verifying->timestamp_roots;
    demands->identity = options->identity;
    demands->identity_regexp = options->identity_regexp;
    demands->issuer = options->issuer;
    demands->issuer_regexp = options->issuer_regexp;
    return true;
}

/* ---- what is said ---- */

static bool read_pairs(char *const *texts, const char *what, struct wb_pairs *pairs,
                       struct wb_error *err)
{
    for (size_t i = 0; i < wb_options_list_count(texts); i++)
        if (!wb_pairs_add(pairs, what, texts[i], err))
            return false;
    return true;
}

static bool read_requirements(const struct wb_verifying_options *options,
                              struct wb_verifying *verifying, struct wb_error *err)
{
    struct wb_verify_demands *demands = &verifying->demands;
    if (!read_pairs(options->annotations, "-a", &verifying->annotations, err) ||
        !read_pairs(options->requirements, "--require", &verifying->requirements, err))
        return false;
    for (size_t i = 0; i < verifying->requirements.count; i++)
        if (verifying->requirements.pairs[i].name[0] != '/')
            return wb_error_set(err, WB_USAGE,
                                "--require %s: a JSON pointer begins with `/`, as in "
                                "/predicate/buildType=VALUE",
                                verifying->requirements.pairs[i].name);
    demands->annotations = verifying->annotations.pairs;
    demands->annotation_count = verifying->annotations.count;
    demands->requirements = verifying->requirements.pairs;
    demands->requirement_count = verifying->requirements.count;
    if (options->type == NULL)
        return true;
    demands->predicate_type = wb_predicate_type(options->type);
    return demands->predicate_type != NULL ||
           wb_error_set(err, WB_USAGE, "--type %s: it is a URI or one of %s", options->type,
                        wb_predicate_type_names());
}

/* ---- whether it goes together ---- */

static bool check_identity_usage(const struct wb_verifying_options *options, size_t key_count,
                                 struct wb_error *err)
{
    bool has_roots = options->roots != NULL || options->certificate_chain != NULL;
    bool named = options->identity != NULL || options->identity_regexp != NULL;
    bool issued = options->issuer != NULL || options->issuer_regexp != NULL;
    if (has_roots && !named)
        return wb_error_set(err, WB_USAGE,
                            "certificates need --certificate-identity NAME or "
                            "--certificate-identity-regexp PATTERN: whom to believe");
    if (options->trusted_root != NULL && (key_count == 0 || named || issued) && !(named && issued))
        return wb_error_set(err, WB_USAGE,
                            "--trusted-root needs --certificate-identity and "
                            "--certificate-oidc-issuer: whom to believe, by whose word");
    if (!has_roots && options->trusted_root == NULL && (named || issued))
        return wb_error_set(err, WB_USAGE,
                            "--certificate-identity and --certificate-oidc-issuer go with "
                            "--ca-roots, --certificate-chain or --trusted-root");
    if (!has_roots && (options->crls != NULL || options->intermediates != NULL))
        return wb_error_set(err, WB_USAGE,
                            "--ca-intermediates and --crl go with --ca-roots or "
                            "--certificate-chain");
    return true;
}

static bool check_usage(const struct wb_verifying_options *options, struct wb_error *err)
{
    size_t keys = wb_options_list_count(options->keys);
    bool only_keys = options->roots == NULL && options->certificate_chain == NULL &&
                     (options->trusted_root == NULL ||
                      (options->identity == NULL && options->identity_regexp == NULL));
    if (keys == 0 && options->roots == NULL && options->certificate_chain == NULL &&
        options->trusted_root == NULL)
        return wb_error_set(err, WB_USAGE,
                            "--key FILE, or --ca-roots FILE and --certificate-identity NAME, say "
                            "whom to believe");
    if (options->certificate_chain != NULL &&
        (options->roots != NULL || options->intermediates != NULL))
        return wb_error_set(
            err, WB_USAGE,
            "--certificate-chain excludes --ca-roots and --ca-intermediates: it holds both");
    if (options->threshold < 0)
        return wb_error_set(err, WB_USAGE, "--threshold %d: it is a positive number",
                            options->threshold);
    if (only_keys && keys > 0 && (size_t)options->threshold > keys)
        return wb_error_set(err, WB_USAGE, "--threshold %d: more than the %zu keys given",
                            options->threshold, keys);
    return check_identity_usage(options, keys, err);
}

bool wb_verifying_open(const struct wb_verifying_options *options, struct wb_verifying *verifying,
                       struct wb_error *err)
{
    struct wb_verify_demands *demands = &verifying->demands;
    demands->threshold = (unsigned)options->threshold;
    demands->signature_only = options->signature_only != 0;
    demands->now = (int64_t)time(NULL);
    return wb_options_text_or_json(options->output, &verifying->json, err) &&
           wb_signature_digest_algorithm(options->digest_algorithm, &demands->digest_algorithm,
                                         err) &&
           check_usage(options, err) && read_requirements(options, verifying, err) &&
           open_certificates(options, verifying, err) && open_keys(options->keys, verifying, err);
}
