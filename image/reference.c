/* SPDX-License-Identifier: Apache-2.0 */
/* References to images as users write them: containers-transports(5), or a path that is looked at.
 */
#include "image/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct transport_name {
    const char *prefix;
    enum wb_transport transport;
    const char *form;
} transports[] = {
    {"oci:", WB_TRANSPORT_OCI, "oci:DIR[:TAG|@DIGEST]"},
    {"oci-archive:", WB_TRANSPORT_OCI_ARCHIVE, "oci-archive:FILE[:TAG|@DIGEST]"},
    {"docker-archive:", WB_TRANSPORT_DOCKER_ARCHIVE, "docker-archive:FILE[:NAME:TAG]"},
    {"dir:", WB_TRANSPORT_DIRECTORY, "dir:ROOTFS"},
    {"docker://", WB_TRANSPORT_REGISTRY, "docker://HOST[:PORT]/NAME[:TAG|@DIGEST]"},
};

void wb_reference_clear(struct wb_reference *reference)
{
    free(reference->text);
    free(reference->path);
    free(reference->tag);
    free(reference->digest);
    *reference = (struct wb_reference){0};
}

/* Where `@sha256:...` begins; NULL when there is none. A lone `@` may be part of a path. */
static const char *find_digest(const char *text)
{
    for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@'))
        if (wb_text_starts_with(at, "@sha256:") || wb_text_starts_with(at, "@sha512:"))
            return at;
    return NULL;
}

static bool set_digest(struct wb_reference *reference, const char *text, struct wb_error *err)
{
    struct wb_digest digest;
    if (!wb_digest_parse(text, &digest, err)) {
        if (err != NULL)
            err->status = WB_USAGE;
        return false;
    }
    reference->digest = wb_string_copy(text);
    return true;
}

/* `PATH[:TAG|@DIGEST]`; as in containers/image the first colon ends the path. */
static bool split(struct wb_reference *reference, const char *text, struct wb_error *err)
{
    bool digests = reference->transport != WB_TRANSPORT_DOCKER_ARCHIVE;
    const char *at = digests ? find_digest(text) : NULL;
    const char *colon = strchr(text, ':');
    const char *end = text + strlen(text);
    if (at != NULL) {
        if (colon != NULL && colon < at)
            return wb_error_set(err, WB_USAGE, "%s: either a tag or a digest, not both",
                                reference->text);
        if (!set_digest(reference, at + 1, err))
            return wb_error_context(err, "%s", reference->text);
        end = at;
    } else if (colon != NULL) {
        if (colon[1] == '\0')
            return wb_error_set(err, WB_USAGE, "%s: no tag behind the `:`", reference->text);
        reference->tag = wb_string_copy(colon + 1);
        end = colon;
    }
    reference->path = wb_string_format("%.*s", (int)(end - text), text);
    return true;
}

/* ---- registries (OCI distribution-spec 1.1 "Pulling manifests") ---- */

#define LOWER_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define LETTERS_AND_DIGITS LOWER_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_SIZE_MAX 255
#define TAG_SIZE_MAX 128

/* `HOST[:PORT]`; a host is what has a dot or a port, or is called localhost, or is an address. */
static bool is_host(const char *text, size_t size)
{
    size_t name = text[0] == '[' ? strspn(text, "[]:." LETTERS_AND_DIGITS)
                                 : strspn(text, ".-" LETTERS_AND_DIGITS);
    bool has_port = name < size && text[name] == ':';
    size_t port = has_port ? strspn(text + name + 1, "0123456789") : 0;
    if (name == 0 || name + (has_port ? 1 + port : 0) != size || (has_port && port == 0))
        return false;
    return has_port || memchr(text, '.', size) != NULL || text[0] == '[' ||
           (size == 9 && memcmp(text, "localhost", 9) == 0);
}

/* Components of lower-case letters and digits, with single separators inside them. */
static bool is_repository(const char *text, size_t size)
{
    bool may_separate = false;
    for (size_t i = 0; i < size; i++) {
        bool separates = strchr("._-/", text[i]) != NULL;
        if (!separates && strchr(LOWER_AND_DIGITS, text[i]) == NULL)
            return false;
        bool repeats = i > 0 && text[i] == text[i - 1] && (text[i] == '_' || text[i] == '-');
        if (separates && !may_separate && !repeats)
            return false;
        may_separate = !separates;
    }
    return may_separate && size <= NAME_SIZE_MAX;
}

static bool is_tag(const char *text)
{
    size_t size = strspn(text, "_.-" LETTERS_AND_DIGITS);
    return size > 0 && size <= TAG_SIZE_MAX && text[size] == '\0' && strchr(".-", text[0]) == NULL;
}

static bool split_registry(struct wb_reference *reference, const char *text, struct wb_error *err)
{
    const char *at = find_digest(text);
    const size_t size = at == NULL ? strlen(text) : (size_t)(at - text);
    const size_t host_size = strcspn(text, "/");
    const char *slash = memrchr(text, '/', size);
    const char *colon = slash == NULL ? NULL : memchr(slash, ':', size - (size_t)(slash - text));
    const size_t path_size = colon == NULL ? size : (size_t)(colon - text);
    if (!is_host(text, host_size))
        return wb_error_set(err, WB_USAGE,
                            "%s: name the registry too: docker://HOST[:PORT]/NAME[:TAG|@DIGEST]",
                            reference->text);
    if (host_size + 1 >= path_size ||
        !is_repository(text + host_size + 1, path_size - host_size - 1))
        return wb_error_set(err, WB_USAGE,
                            "%s: not the name of a repository: lower-case letters, digits, `.`, "
                            "`_`, `-` and `/` between them",
                            reference->text);
    reference->path = wb_string_format("%.*s", (int)path_size, text);
    if (colon != NULL && at != NULL)
        return wb_error_set(err, WB_USAGE, "%s: either a tag or a digest, not both",
                            reference->text);
    if (at != NULL)
        return set_digest(reference, at + 1, err) || wb_error_context(err, "%s", reference->text);
    reference->tag = wb_string_copy(colon == NULL ? "latest" : colon + 1);
    return is_tag(reference->tag) ||
           wb_error_set(err, WB_USAGE, "%s: not a tag: `%s`", reference->text, reference->tag);
}

static bool parse_transport(struct wb_reference *reference, const struct transport_name *name,
                            struct wb_error *err)
{
    const char *rest = reference->text + strlen(name->prefix);
    reference->transport = name->transport;
    if (name->transport == WB_TRANSPORT_DIRECTORY)
        reference->path = wb_string_copy(rest);
    else if (name->transport == WB_TRANSPORT_REGISTRY)
        return split_registry(reference, rest, err);
    else if (!split(reference, rest, err))
        return false;
    if (reference->path[0] == '\0')
        return wb_error_set(err, WB_USAGE, "%s: no path; the form is %s", reference->text,
                            name->form);
    return true;
}

/* Whether the text begins as `transport:` does, so that it is not taken for a path. */
static size_t transport_size(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+-");
    return text[size] == ':' ? size : 0;
}

static bool look_at(struct wb_reference *reference, const struct stat *status, struct wb_error *err)
{
    if (S_ISDIR(status->st_mode)) {
        WB_AUTO_STRING mark = wb_string_format("%s/oci-layout", reference->path);
        reference->transport = access(mark, F_OK) == 0 ? WB_TRANSPORT_OCI : WB_TRANSPORT_DIRECTORY;
        if (reference->transport == WB_TRANSPORT_OCI ||
            (reference->tag == NULL && reference->digest == NULL))
            return true;
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: not an OCI image layout, so it has no tags and digests",
                            reference->path);
    }
    if (!S_ISREG(status->st_mode))
        return wb_error_set(err, WB_BAD_INPUT, "%s: neither a directory nor a regular file",
                            reference->path);
    bool is_oci;
    if (!wb_archive_is_oci(reference->path, &is_oci, err))
        return false;
    reference->transport = is_oci ? WB_TRANSPORT_OCI_ARCHIVE : WB_TRANSPORT_DOCKER_ARCHIVE;
    return true;
}

static bool parse_path(struct wb_reference *reference, struct wb_error *err)
{
    struct stat status;
    if (stat(reference->text, &status) == 0) {
        reference->path = wb_string_copy(reference->text);
        return look_at(reference, &status, err);
    }
    int code = errno;
    size_t size = transport_size(reference->text);
    WB_AUTO_STRING front = wb_string_format("%.*s", (int)size, reference->text);
    if (size > 0 && stat(front, &status) != 0)
        return wb_error_set(err, WB_USAGE,
                            "%s: `%.*s` is not a transport that Waybill reads; use oci:, "
                            "oci-archive:, docker-archive:, dir:, docker://, a path, or -",
                            reference->text, (int)size, reference->text);
    if (!split(reference, reference->text, err))
        return false;
    if ((reference->tag == NULL && reference->digest == NULL) ||
        stat(reference->path, &status) != 0)
        return wb_error_set_errno(err, code, "%s: cannot open", reference->text);
    return look_at(reference, &status, err);
}

static bool parse(struct wb_reference *reference, struct wb_error *err)
{
    if (reference->text[0] == '\0')
        return wb_error_set(err, WB_USAGE, "the image reference is empty");
    if (strcmp(reference->text, "-") == 0) {
        reference->transport = WB_TRANSPORT_STREAM;
        return true;
    }
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++)
        if (wb_text_starts_with(reference->text, transports[i].prefix))
            return parse_transport(reference, &transports[i], err);
    return parse_path(reference, err);
}

bool wb_reference_parse(const char *text, struct wb_reference *reference, struct wb_error *err)
{
    *reference = (struct wb_reference){.text = wb_string_copy(text)};
    bool good = parse(reference, err);
    if (!good)
        wb_reference_clear(reference);
    return good;
}
