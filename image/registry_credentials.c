/* SPDX-License-Identifier: Apache-2.0 */
/* What a login left behind: containers-auth.json(5), which is also Docker's config.json. */
#include "image/registry_private.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_SIZE_MAX ((size_t)1 << 20)

static void wipe(char **text)
{
    if (*text != NULL)
        OPENSSL_cleanse(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void wb_credentials_clear(struct wb_credentials *credentials)
{
    wipe(&credentials->user);
    wipe(&credentials->password);
    wipe(&credentials->identity_token);
    wipe(&credentials->keeper);
    wipe(&credentials->keeper_file);
}

/* `USER:PASSWORD` in base64. */
static bool read_pair(const char *text, struct wb_credentials *credentials)
{
    WB_AUTO_VALUE(wb_buffer) pair = {0};
    bool good =
        wb_base64_decode(text, strlen(text), &pair) && memchr(pair.data, '\0', pair.size) == NULL;
    char *colon = good ? memchr(pair.data, ':', pair.size) : NULL;
    if (colon != NULL) {
        *colon = '\0';
        credentials->user = wb_string_copy((const char *)pair.data);
        credentials->password = wb_string_copy(colon + 1);
    }
    if (pair.data != NULL)
        OPENSSL_cleanse(pair.data, pair.size);
    return colon != NULL;
}

/* Docker also writes hosts as URLs, with a scheme in front and a path behind. */
static bool same_host(const char *key, const char *host, size_t host_size)
{
    const char *scheme = strstr(key, "://");
    const char *start = scheme == NULL ? key : scheme + 3;
    size_t size = strcspn(start, "/");
    bool rest_is_path_of_url = start[size] == '\0' || scheme != NULL;
    return size == host_size && rest_is_path_of_url && memcmp(start, host, size) == 0;
}

/* The entry for the repository: `HOST/A/B`, then `HOST/A`, then the host. */
static json_t *find_entry(json_t *entries, const char *repository)
{
    const size_t host_size = strcspn(repository, "/");
    WB_AUTO_STRING name = wb_string_copy(repository);
    for (char *end = name + strlen(name); end != NULL; end = strrchr(name, '/')) {
        *end = '\0';
        json_t *found = wb_json_object_of(entries, name);
        if (found != NULL)
            return found;
    }
    const char *key;
    json_t *entry;
    json_object_foreach(entries, key, entry)
    {
        if (json_is_object(entry) && same_host(key, repository, host_size))
            return entry;
    }
    return NULL;
}

static bool is_known(const struct wb_credentials *credentials)
{
    return credentials->user != NULL || credentials->identity_token != NULL;
}

/* config.json names a program for some hosts (credHelpers) and one for all others (credsStore). */
static void note_keeper(const json_t *document, const char *path, const char *repository,
                        struct wb_credentials *credentials)
{
    WB_AUTO_STRING host = wb_string_format("%.*s", (int)strcspn(repository, "/"), repository);
    const char *keeper = wb_json_string_of(wb_json_object_of(document, "credHelpers"), host);
    if (keeper == NULL)
        keeper = wb_json_string_of(document, "credsStore");
    if (keeper == NULL || keeper[0] == '\0' || credentials->keeper != NULL)
        return;
    credentials->keeper = wb_string_copy(keeper);
    credentials->keeper_file = wb_string_copy(path);
}

bool wb_credentials_read(struct wb_bytes json, const char *path, const char *repository,
                         struct wb_credentials *credentials, struct wb_error *err)
{
    WB_AUTO_JSON document = wb_json_parse(json, err);
    if (document == NULL)
        return wb_error_context(err, "%s", path);
    const json_t *entry = find_entry(wb_json_object_of(document, "auths"), repository);
    const char *pair = wb_json_string_of(entry, "auth");
    const char *token = wb_json_string_of(entry, "identitytoken");
    if (token != NULL && token[0] != '\0')
        credentials->identity_token = wb_string_copy(token);
    else if (pair != NULL && pair[0] != '\0' && !read_pair(pair, credentials))
        return wb_error_set(err, WB_BAD_INPUT, "%s: `auth` for %s is not USER:PASSWORD in base64",
                            path, repository);
    if (!is_known(credentials))
        note_keeper(document, path, repository, credentials);
    return true;
}

static bool read_file(const char *path, bool must_exist, const char *repository,
                      struct wb_credentials *credentials, struct wb_error *err)
{
    if (!must_exist && access(path, F_OK) != 0)
        return true;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    bool good = wb_file_read(AT_FDCWD, path, FILE_SIZE_MAX, &content, err) &&
                wb_credentials_read(wb_buffer_bytes(&content), path, repository, credentials, err);
    if (content.data != NULL)
        OPENSSL_cleanse(content.data, content.size);
    return good;
}

bool wb_credentials_find(const char *repository, struct wb_credentials *credentials,
                         struct wb_error *err)
{
    static const struct {
        const char *variable; /* of the environment: a folder */
        const char *file;
    } places[] = {
        {"XDG_RUNTIME_DIR", "containers/auth.json"},
        {"XDG_CONFIG_HOME", "containers/auth.json"},
        {"HOME", ".config/containers/auth.json"},
        {"DOCKER_CONFIG", "config.json"},
        {"HOME", ".docker/config.json"},
    };
    *credentials = (struct wb_credentials){0};
    const char *stated = getenv("REGISTRY_AUTH_FILE");
    if (stated != NULL && stated[0] != '\0')
        return read_file(stated, true, repository, credentials, err);
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !is_known(credentials); i++) {
        const char *folder = getenv(places[i].variable);
        if (folder == NULL || folder[0] != '/')
            continue;
        WB_AUTO_STRING path = wb_string_format("%s/%s", folder, places[i].file);
        if (!read_file(path, false, repository, credentials, err))
            return false;
    }
    return true;
}
