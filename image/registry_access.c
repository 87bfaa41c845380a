/* SPDX-License-Identifier: Apache-2.0 */
/* Asking one repository: by which scheme, with which certificates, and as whom. */
#include "image/registry_private.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES 4
#define FIRST_PAUSE_MILLISECONDS 250
/* A registry that asks for more patience than this is taken at its word and not asked again. */
#define PATIENCE_SECONDS 60UL
#define TOKEN_SIZE_MAX ((size_t)256 << 10)
#define MESSAGE_SIZE_MAX ((size_t)64 << 10)

struct wb_access {
    struct wb_http *http;
    char *host;       /* with its port */
    char *repository; /* behind the host */
    bool write;
    bool allow_http, is_loopback;
    struct wb_credentials credentials;
    pthread_mutex_t lock; /* of what follows */
    char *origin;         /* NULL: not yet known */
    char *authorization;  /* NULL: none */
};

/* ---- opening ---- */

static bool is_loopback(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t size = strlen(names[i]);
        if (strncmp(host, names[i], size) == 0 && (host[size] == '\0' || host[size] == ':'))
            return true;
    }
    return false;
}

static bool open_http(struct wb_access *access, const struct wb_registry_options *options,
                      struct wb_error *err)
{
    struct wb_certificates certificates = {0};
    bool good = wb_certificates_find(access->host, options->certificates, &certificates, err);
    if (good) {
        const struct wb_http_settings settings = {
            .allow_insecure = options->allow_insecure,
            .direct = access->is_loopback,
            .certificates = (const char *)certificates.authorities.data,
            .client_certificate = certificates.client_certificate,
            .client_key = certificates.client_key,
        };
        access->http = wb_http_new(&settings, err);
    }
    wb_certificates_clear(&certificates);
    return access->http != NULL;
}

struct wb_access *wb_access_new(const struct wb_reference *reference, bool write,
                                struct wb_error *err)
{
    const size_t host_size = strcspn(reference->path, "/");
    WB_AUTO(wb_access) *access = wb_allocate(sizeof *access);
    pthread_mutex_init(&access->lock, NULL);
    access->host = wb_string_format("%.*s", (int)host_size, reference->path);
    access->repository = wb_string_copy(reference->path + host_size + 1);
    access->write = write;
    access->allow_http = reference->registry.allow_http;
    access->is_loopback = is_loopback(access->host);
    if (!wb_credentials_find(reference->path, &access->credentials, err) ||
        !open_http(access, &reference->registry, err))
        return NULL;
    return WB_STEAL(access);
}

static void replace_secret(char **place, char *value)
{
    if (*place != NULL)
        OPENSSL_cleanse(*place, strlen(*place));
    free(*place);
    *place = value;
}

void wb_access_free(struct wb_access *access)
{
    if (access == NULL)
        return;
    wb_http_free(access->http);
    wb_credentials_clear(&access->credentials);
    replace_secret(&access->authorization, NULL);
    pthread_mutex_destroy(&access->lock);
    free(access->host);
    free(access->repository);
    free(access->origin);
    free(access);
}

static bool passes(long status)
{
    return status != 429 && (status < 500 || status == 501);
}

/* ---- as whom ---- */

static char *basic(const struct wb_credentials *credentials)
{
    WB_AUTO_VALUE(wb_buffer) pair = {0};
    struct wb_buffer value = {0};
    wb_buffer_append_format(&pair, "%s:%s", credentials->user, credentials->password);
    wb_buffer_append_text(&value, "Basic ");
    wb_base64_encode(wb_buffer_bytes(&pair), &value);
    OPENSSL_cleanse(pair.data, pair.size);
    return wb_buffer_steal_text(&value);
}

/* A request for a token: with the refresh token that a login left, or the password, or as nobody.
 */
static bool ask_for_token(struct wb_access *access, const struct wb_challenge *challenge,
                          const char *scope, struct wb_http_answer *answer,
                          struct wb_http_failure *failure, struct wb_error *err)
{
    WB_AUTO_STRING url = wb_challenge_url(challenge, scope);
    WB_AUTO_VALUE(wb_buffer) form = {0};
    char *authorization = access->credentials.user == NULL ? NULL : basic(&access->credentials);
    struct wb_http_request request = {.method = "GET", .url = url, .authorization = authorization};
    struct wb_bytes body;
    if (access->credentials.identity_token != NULL) {
        const char *query = strchr(url, '?');
        wb_buffer_append_format(&form,
                                "grant_type=refresh_token&client_id=waybill&%s"
                                "&refresh_token=",
                                query + 1);
        wb_url_append_escaped(&form, access->credentials.identity_token);
        body = wb_buffer_bytes(&form);
        request = (struct wb_http_request){.method = "POST",
                                           .url = challenge->realm,
                                           .content_type = "application/x-www-form-urlencoded",
                                           .body = &body};
    }
    bool good = wb_http_send(access->http, &request, answer, failure, err);
    replace_secret(&authorization, NULL);
    if (form.data != NULL)
        OPENSSL_cleanse(form.data, form.size);
    return good || wb_error_context(err, "%s", challenge->realm);
}

static bool read_token(struct wb_http_answer *answer, char **authorization, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_http_read_all(answer, TOKEN_SIZE_MAX, &content, err))
        return false;
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&content), err);
    const char *token = wb_json_string_of(json, "token");
    if (token == NULL || token[0] == '\0')
        token = wb_json_string_of(json, "access_token");
    if (json == NULL)
        return false;
    if (token == NULL || strpbrk(token, "\r\n") != NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the answer has no token");
    replace_secret(authorization, wb_string_format("Bearer %s", token));
    OPENSSL_cleanse(content.data, content.size);
    return true;
}

/* Over TLS, but for a registry that has none: one on loopback with a token server beside it, or any
 * where that is allowed. */
static bool may_have_password(const struct wb_access *access, const char *realm)
{
    if (wb_text_starts_with(realm, "https://"))
        return true;
    if (!wb_text_starts_with(realm, "http://") || !wb_text_starts_with(access->origin, "http://"))
        return false;
    const char *host = realm + strlen("http://");
    WB_AUTO_STRING own = wb_string_format("%.*s", (int)strcspn(host, "/?#"), host);
    return access->allow_http || (is_loopback(own) && strchr(own, '@') == NULL);
}

static bool fetch_token(struct wb_access *access, const struct wb_challenge *challenge,
                        struct wb_http_failure *failure, struct wb_error *err)
{
    WB_AUTO_STRING scope = wb_string_format("repository:%s:%s", access->repository,
                                            access->write ? "pull,push" : "pull");
    /* A password is not sent in the clear to where a challenge points. */
    if (!may_have_password(access, challenge->realm))
        return wb_error_set(err, WB_SYSTEM, "%s wants a token from %.200s, which is not https",
                            access->host, challenge->realm);
    struct wb_http_answer answer;
    if (!ask_for_token(access, challenge, scope, &answer, failure, err))
        return false;
    failure->may_pass = !passes(answer.status);
    bool good = answer.status == 200 ? read_token(&answer, &access->authorization, err)
                                     : wb_access_refused(access, &answer, "a token", err);
    wb_http_answer_clear(&answer);
    return good;
}

/* Does what a challenge asks for; *changed says whether there is something new to try. */
static bool meet(struct wb_access *access, const char *text, const char *used, bool *changed,
                 struct wb_http_failure *failure, struct wb_error *err)
{
    struct wb_challenge challenge;
    *changed = false;
    if (text == NULL || !wb_challenge_parse(text, &challenge))
        return true;
    pthread_mutex_lock(&access->lock);
    bool good = true;
    const char *now = access->authorization;
    bool others_did = now != NULL && (used == NULL || strcmp(now, used) != 0);
    if (others_did) {
        *changed = true;
    } else if (challenge.is_bearer) {
        good = fetch_token(access, &challenge, failure, err);
        *changed = good;
    } else if (access->credentials.user != NULL && used == NULL) {
        replace_secret(&access->authorization, basic(&access->credentials));
        *changed = true;
    }
    pthread_mutex_unlock(&access->lock);
    wb_challenge_clear(&challenge);
    return good;
}

/* ---- sending ---- */

enum answered { ANSWERED, ANSWERED_NOT_SO, FAILED };

/* Whether the host answers by this scheme. */
static enum answered try_scheme(struct wb_access *access, const char *scheme, struct wb_error *err)
{
    WB_AUTO_STRING url = wb_string_format("%s://%s/v2/", scheme, access->host);
    const struct wb_http_request request = {.method = "GET", .url = url};
    struct wb_http_answer answer;
    struct wb_http_failure failure;
    if (!wb_http_send(access->http, &request, &answer, &failure, err)) {
        wb_error_context(err, "%s", access->host);
        return failure.refused_tls ? ANSWERED_NOT_SO : FAILED;
    }
    /* What many servers say to those who do not speak TLS. */
    enum answered answered = answer.status == 400 ? ANSWERED_NOT_SO : ANSWERED;
    wb_http_answer_clear(&answer);
    return answered;
}

/* Finds out by which scheme the host answers: one on loopback most likely does without TLS, any
 * other only where it is allowed to. */
static bool find_origin(struct wb_access *access, struct wb_error *err)
{
    struct wb_error failure = WB_ERROR_INIT, ignored = WB_ERROR_INIT;
    const char *scheme = "https";
    enum answered answered = ANSWERED;
    pthread_mutex_lock(&access->lock);
    bool is_new = access->origin == NULL;
    if (is_new && access->is_loopback && try_scheme(access, "http", &ignored) == ANSWERED)
        scheme = "http";
    else if (is_new && (access->allow_http || access->is_loopback))
        answered = try_scheme(access, scheme, &failure);
    if (answered == ANSWERED_NOT_SO)
        scheme = "http";
    if (is_new && answered != FAILED)
        access->origin = wb_string_format("%s://%s", scheme, access->host);
    pthread_mutex_unlock(&access->lock);
    return answered != FAILED || wb_error_set(err, failure.status, "%s", failure.message);
}

bool wb_access_in_origin(const struct wb_access *access, const char *url, struct wb_error *err)
{
    bool is_path = url[0] == '/' && url[1] != '/';
    return is_path || (access->origin != NULL && wb_http_same_origin(url, access->origin)) ||
           wb_error_set(err, WB_SYSTEM, "the registry points elsewhere: %.200s", url);
}

/* How long the registry asks to be left alone (RFC 9110 §10.2.3); a date counts as not stated. */
static unsigned long stated_seconds(const struct wb_http_answer *answer)
{
    const char *text = answer->retry_after.size == 0 ? "0" : (const char *)answer->retry_after.data;
    if (text[strspn(text, "0123456789")] != '\0')
        return 0;
    return strlen(text) > 6 ? PATIENCE_SECONDS + 1 : strtoul(text, NULL, 10);
}

static void wait_before(unsigned attempt, unsigned long seconds)
{
    const long pause = FIRST_PAUSE_MILLISECONDS << (attempt - 1);
    const long stated = (long)seconds * 1000;
    const long milliseconds = stated > pause ? stated : pause;
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static char *current_authorization(struct wb_access *access)
{
    pthread_mutex_lock(&access->lock);
    char *authorization = wb_string_copy(access->authorization);
    pthread_mutex_unlock(&access->lock);
    return authorization;
}

/* One attempt, and a second one when the first was answered with a challenge that can be met. */
static bool attempt(struct wb_access *access, const struct wb_http_request *request,
                    struct wb_http_answer *answer, struct wb_http_failure *failure,
                    struct wb_error *err)
{
    for (int round = 0;; round++) {
        struct wb_http_request own = *request;
        char *authorization = current_authorization(access);
        bool changed = false;
        own.authorization = authorization;
        bool good = wb_http_send(access->http, &own, answer, failure, err) ||
                    wb_error_context(err, "%s", access->host);
        /* Where blobs are fetched from has no business asking who we are. */
        if (good && answer->status == 401 && round < 2 && !answer->is_from_elsewhere)
            good = meet(access, (const char *)answer->challenge.data, authorization, &changed,
                        failure, err);
        replace_secret(&authorization, NULL);
        if (!good || !changed)
            return good;
        wb_http_answer_clear(answer);
    }
}

bool wb_access_send(struct wb_access *access, const struct wb_http_request *request,
                    struct wb_http_answer *answer, struct wb_error *err)
{
    *answer = (struct wb_http_answer){.size = -1};
    if (!find_origin(access, err))
        return false;
    struct wb_http_request own = *request;
    WB_AUTO_STRING url = request->url[0] == '/'
                             ? wb_string_format("%s%s", access->origin, request->url)
                             : wb_string_copy(request->url);
    own.url = url;
    bool repeatable = strcmp(request->method, "POST") != 0;
    for (unsigned tried = 1;; tried++) {
        struct wb_http_failure failure;
        bool good = attempt(access, &own, answer, &failure, err);
        bool final = good ? passes(answer->status) : !failure.may_pass;
        unsigned long seconds = good ? stated_seconds(answer) : 0;
        if (final || tried == TRIES || !repeatable || seconds > PATIENCE_SECONDS)
            return good;
        wb_http_answer_clear(answer);
        if (err != NULL)
            *err = (struct wb_error)WB_ERROR_INIT;
        wait_before(tried, seconds);
    }
}

/* ---- refusals ---- */

/* A hint behind a refusal; nothing where there is none to give. */
static const char *describe_keeper(const struct wb_access *access, struct wb_arena *arena)
{
    const struct wb_credentials *credentials = &access->credentials;
    if (credentials->keeper == NULL || credentials->user != NULL)
        return "";
    return wb_arena_format(arena,
                           "; %s leaves passwords to the program docker-credential-%s, "
                           "which is not run",
                           credentials->keeper_file,
                           wb_utf8_escape_line(arena, credentials->keeper));
}

bool wb_access_refused(const struct wb_access *access, struct wb_http_answer *answer,
                       const char *what, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_JSON json = NULL;
    const char *said = "";
    if (answer->transfer != NULL && wb_http_read_all(answer, MESSAGE_SIZE_MAX, &content, NULL))
        json = wb_json_parse(wb_buffer_bytes(&content), NULL);
    const json_t *first = json_array_get(wb_json_array_of(json, "errors"), 0);
    const char *message = wb_json_string_of(first, "message");
    if (message != NULL)
        said = wb_arena_format(arena, " (%.200s)", wb_utf8_escape_line(arena, message));
    if (answer->status == 401 || answer->status == 403)
        return wb_error_set(err, WB_SYSTEM,
                            "%s: access was refused with %ld%s; log in first, for example with "
                            "`skopeo login` or `podman login`%s",
                            what, answer->status, said, describe_keeper(access, arena));
    return wb_error_set(err, WB_SYSTEM, "%s: the registry answered %ld%s", what, answer->status,
                        said);
}
