/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a trust kit: what it names in files goes in, so that the kit is all there is. */
#include "delivery/trust_kit_private.h"

#include <string.h>

#define MATERIAL_SIZE_MAX ((size_t)4 << 20)

struct inlining {
    struct wb_trust_kit_draft *draft;
    int directory_fd;
};

static bool read_text(const struct inlining *inlining, const char *path, json_t **text,
                      struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_file_read(inlining->directory_fd, path, MATERIAL_SIZE_MAX, &content, err))
        return false;
    *text = json_stringn((const char *)content.data, content.size);
    return *text != NULL || wb_error_set(err, WB_BAD_INPUT, "%s: it is not PEM", path);
}

/* PEM and names of the kit's own stay as they are. */
static bool inline_member(const struct inlining *inlining, json_t *object, const char *member,
                          const char *list, struct wb_error *err)
{
    const char *value = wb_json_string_of(object, member);
    json_t *text;
    if (value == NULL || strstr(value, "-----BEGIN ") != NULL ||
        wb_trust_kit_draft_has(inlining->draft, list, value))
        return true;
    if (!read_text(inlining, value, &text, err))
        return false;
    json_object_set_new(object, member, text);
    return true;
}

static bool inline_lists(const struct inlining *inlining, json_t *certificate, struct wb_error *err)
{
    json_t *lists = wb_json_array_of(certificate, "crls");
    for (size_t i = 0; i < json_array_size(lists); i++) {
        const char *value = json_string_value(json_array_get(lists, i));
        json_t *text;
        if (value == NULL || strstr(value, "-----BEGIN ") != NULL)
            continue;
        if (!read_text(inlining, value, &text, err))
            return false;
        json_array_set_new(lists, i, text);
    }
    return true;
}

static bool inline_trusted_root(const struct inlining *inlining, json_t *policy,
                                struct wb_error *err)
{
    const char *path = wb_json_string_of(policy, "trustedRoot");
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (path == NULL)
        return true;
    if (!wb_file_read(inlining->directory_fd, path, MATERIAL_SIZE_MAX, &content, err))
        return false;
    json_t *root = wb_json_parse(wb_buffer_bytes(&content), err);
    if (root == NULL)
        return wb_error_context(err, "%s", path);
    json_object_set_new(policy, "trustedRoot", root);
    return true;
}

static bool inline_files(const struct inlining *inlining, json_t *policy, struct wb_error *err)
{
    const char *name;
    json_t *signer;
    json_object_foreach(wb_json_object_of(policy, "signers"), name, signer)
    {
        json_t *certificate = wb_json_object_of(signer, "certificate");
        if (!inline_member(inlining, signer, "key", "keys", err) ||
            !inline_member(inlining, certificate, "roots", "certificates", err) ||
            !inline_member(inlining, certificate, "intermediates", "certificates", err) ||
            !inline_lists(inlining, certificate, err))
            return wb_error_context(err, "signer %.100s", name);
    }
    return inline_member(inlining, policy, "timestampAuthorities", "certificates", err) &&
           inline_trusted_root(inlining, policy, err);
}

bool wb_trust_kit_draft_set_policy(struct wb_trust_kit_draft *draft, struct wb_bytes json,
                                   int directory_fd, struct wb_error *err)
{
    const struct inlining inlining = {draft, directory_fd};
    json_t *policy = wb_json_parse(json, err);
    if (policy == NULL)
        return false;
    json_object_set_new(draft->json, "policy", policy);
    return inline_files(&inlining, policy, err);
}
