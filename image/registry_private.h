/* SPDX-License-Identifier: Apache-2.0 */
/* Registries (OCI distribution-spec 1.1), read and written through libcurl:
 *
 *   registry_store, registry_layout, registry_push   what the rest of image/ sees
 *      └──▶ registry            manifests, blobs, referrers of one repository
 *              └──▶ registry_access   who asks: challenges, tokens (and registry_credentials)
 *                      └──▶ http      requests whose answers are read piece by piece
 *
 * Nothing of it is in the static verifier.
 */
#ifndef WAYBILL_REGISTRY_PRIVATE_H
#define WAYBILL_REGISTRY_PRIVATE_H

#include "image/store_private.h"

/* ---- http.c: HTTP by libcurl, which is loaded when it is needed ---- */

struct wb_http;
struct wb_http_settings {
    bool allow_insecure;                         /* certificates are not checked */
    bool direct;                                 /* through no proxy */
    const char *certificates;                    /* PEM, beside those of the system; NULL */
    const char *client_certificate, *client_key; /* paths; NULL */
};
struct wb_http *wb_http_new(const struct wb_http_settings *settings, struct wb_error *err);
void wb_http_free(struct wb_http *http);
WB_AUTO_DECLARE(wb_http)

struct wb_http_request {
    const char *method; /* GET, HEAD, POST, PUT, DELETE */
    const char *url;
    const char *authorization; /* value of the header; NULL. Not sent on to other hosts */
    const char *accept;        /* NULL */
    const char *content_type;  /* NULL */
    const struct wb_bytes *body;
    uint64_t from; /* of a GET: from this byte on (RFC 9110 §14) */
};

/* An answer, whose body comes piece by piece. */
struct wb_http_answer {
    long status;
    int64_t size;               /* Content-Length; -1: not stated */
    struct wb_buffer type;      /* Content-Type; text, may be empty (data NULL) */
    struct wb_buffer challenge; /* WWW-Authenticate, of several the first of a kind we know */
    struct wb_buffer location;  /* Location, as it was sent */
    struct wb_buffer link;      /* Link */
    struct wb_buffer retry_after;
    bool is_from_elsewhere; /* a redirect led to another origin */
    struct wb_http_transfer *transfer;
};
/* Why there was no answer. */
struct wb_http_failure {
    bool refused_tls; /* the other side does not speak TLS, or nobody listens there */
    bool may_pass;    /* trying again may help */
};
/* Sends it and waits for the headers; redirects of GET and HEAD are followed. False (WB_SYSTEM)
 * when there was no answer. Several threads may each have an answer open. */
bool wb_http_send(struct wb_http *http, const struct wb_http_request *request,
                  struct wb_http_answer *answer, struct wb_http_failure *failure,
                  struct wb_error *err) WB_MUST_CHECK;
/* Up to `size` bytes of the body; 0 at its end, -1 with `err` set. */
ssize_t wb_http_read(struct wb_http_answer *answer, void *data, size_t size, struct wb_error *err);
/* The whole body, of at most `limit` bytes. */
bool wb_http_read_all(struct wb_http_answer *answer, size_t limit, struct wb_buffer *content,
                      struct wb_error *err) WB_MUST_CHECK;
void wb_http_answer_clear(struct wb_http_answer *answer);

/* ---- http_headers.c ---- */

/* Takes note of one line of the headers, which may hold any bytes. */
void wb_http_header_take(struct wb_http_answer *answer, const char *line, size_t size);
void wb_http_headers_clear(struct wb_http_answer *answer);
/* Whether scheme, host and port of two whole URLs are the same (RFC 6454 §4). */
bool wb_http_same_origin(const char *left, const char *right);

/* ---- registry_credentials.c ---- */

struct wb_credentials {
    char *user, *password; /* NULL: none are known */
    char *identity_token;  /* an OAuth2 refresh token in their place; NULL */
    /* Where none are known: which program keeps them, as this file says; NULL. */
    char *keeper, *keeper_file;
};
/* What `podman login`, `skopeo login` or `docker login` left for the repository (`HOST/NAME`), the
 * longest match first (containers-auth.json(5)): in $REGISTRY_AUTH_FILE or, without it, the usual
 * places in their order. Programs that keep credentials are not run. */
bool wb_credentials_find(const char *repository, struct wb_credentials *credentials,
                         struct wb_error *err) WB_MUST_CHECK;
/* The same in the text of one such file; `path` is for messages. */
bool wb_credentials_read(struct wb_bytes json, const char *path, const char *repository,
                         struct wb_credentials *credentials, struct wb_error *err) WB_MUST_CHECK;
void wb_credentials_clear(struct wb_credentials *credentials); /* and wipes */

/* ---- registry_certificates.c ---- */

struct wb_certificates {
    struct wb_buffer authorities;          /* PEM */
    char *client_certificate, *client_key; /* paths; NULL */
};
/* Those of the file `path` (NULL: none), and those of the folders that are named after the host. */
bool wb_certificates_find(const char *host, const char *path, struct wb_certificates *certificates,
                          struct wb_error *err) WB_MUST_CHECK;
void wb_certificates_clear(struct wb_certificates *certificates);

/* ---- registry_challenge.c ---- */

/* WWW-Authenticate (RFC 9110 §11.6.1; RFC 6750 §3). Strings are owned. */
struct wb_challenge {
    bool is_basic, is_bearer;
    char *realm, *service, *scope; /* NULL: not stated */
};
bool wb_challenge_parse(const char *text, struct wb_challenge *challenge);
void wb_challenge_clear(struct wb_challenge *challenge);
/* Percent-encoded (RFC 3986 §2.1), as a part of a query or of a form. */
void wb_url_append_escaped(struct wb_buffer *url, const char *text);
/* `realm?service=...&scope=...` */
char *wb_challenge_url(const struct wb_challenge *challenge, const char *scope);

/* ---- registry_access.c: one repository, asked with what it wants to be asked with ---- */

struct wb_access;
struct wb_access *wb_access_new(const struct wb_reference *reference, bool write,
                                struct wb_error *err);
void wb_access_free(struct wb_access *access);
WB_AUTO_DECLARE(wb_access)
/* Whether a URL that the registry gave, whole or only a path, leads to the registry itself: nothing
 * else is followed with what it was told. WB_SYSTEM. */
bool wb_access_in_origin(const struct wb_access *access, const char *url,
                         struct wb_error *err) WB_MUST_CHECK;
/* As wb_http_send; the URL is whole or a path. Answers challenges, and tries again what failed in
 * passing. */
bool wb_access_send(struct wb_access *access, const struct wb_http_request *request,
                    struct wb_http_answer *answer, struct wb_error *err) WB_MUST_CHECK;
/* Says what an answer that is no success means: its status and what the registry says. */
bool wb_access_refused(const struct wb_access *access, struct wb_http_answer *answer,
                       const char *what, struct wb_error *err);

/* ---- registry.c: what a repository holds ---- */

struct wb_registry {
    struct wb_access *access;
    char *repository; /* behind the host */
    /* What the indexes that were read list: a registry keeps manifests and blobs apart, and some
     * fail when they are asked for the one as the other. */
    struct wb_digest *manifests;
    size_t manifest_count, manifest_capacity;
};
/* reference->path is `HOST[:PORT]/NAME`. Nothing is asked yet. */
struct wb_registry *wb_registry_new(const struct wb_reference *reference, bool write,
                                    struct wb_error *err);
void wb_registry_free(struct wb_registry *registry);
WB_AUTO_DECLARE(wb_registry)

/* "/v2/REPOSITORY/KIND/NAME" */
char *wb_registry_url(const struct wb_registry *registry, const char *kind, const char *name);

struct wb_registry_manifest {
    struct wb_digest digest; /* computed; checked where the manifest was asked for by digest */
    struct wb_buffer content;
    struct wb_buffer media_type; /* text: what the document says, else what the answer says */
};
void wb_registry_manifest_clear(struct wb_registry_manifest *manifest);
/* `name` is a tag or a digest. One that is not there is no error. */
bool wb_registry_read_manifest(struct wb_registry *registry, const char *name,
                               struct wb_registry_manifest *manifest, bool *found,
                               struct wb_error *err) WB_MUST_CHECK;
/* The referrers index of a digest (distribution-spec 1.1 "Listing Referrers"), following its pages:
 * descriptors are appended to the array `manifests`. *supported is false where the registry has no
 * such list. */
bool wb_registry_read_referrers(struct wb_registry *registry, const struct wb_digest *digest,
                                json_t *manifests, bool *supported,
                                struct wb_error *err) WB_MUST_CHECK;

/* *size is -1 where the registry does not state it. */
bool wb_registry_find_blob(struct wb_registry *registry, const struct wb_digest *digest,
                           bool *found, int64_t *size, struct wb_error *err) WB_MUST_CHECK;
/* A blob of `size` bytes (-1: unknown) as it comes. Asked for when it is first read; a transfer
 * that breaks off is taken up again where it ended. */
struct wb_registry_blob;
struct wb_registry_blob *wb_registry_blob_new(struct wb_registry *registry,
                                              const struct wb_digest *digest, int64_t size);
void wb_registry_blob_free(struct wb_registry_blob *blob);
WB_AUTO_DECLARE(wb_registry_blob)
/* Where the last reading ended: reading on from there is cheap. */
uint64_t wb_registry_blob_at(const struct wb_registry_blob *blob);
/* Up to `size` bytes from `at` on. 0 at the end, -1 with `err` set. */
ssize_t wb_registry_blob_read(struct wb_registry_blob *blob, uint64_t at, void *data, size_t size,
                              struct wb_error *err);

/* The whole blob, of at most `limit` bytes; the digest is left to the caller. */
bool wb_registry_read_blob(struct wb_registry *registry, const struct wb_digest *digest,
                           size_t limit, struct wb_buffer *content, bool *found,
                           struct wb_error *err) WB_MUST_CHECK;

/* A manifest where an index that was read lists it as one, a blob otherwise. Not thread safe. */
bool wb_registry_read_any(struct wb_registry *registry, const struct wb_digest *digest,
                          size_t limit, struct wb_buffer *content, bool *found,
                          struct wb_error *err) WB_MUST_CHECK;

/* ---- registry_store.c ---- */

/* The manifest that the reference names. */
bool wb_registry_read_named(struct wb_registry *registry, const struct wb_reference *reference,
                            struct wb_registry_manifest *manifest,
                            struct wb_error *err) WB_MUST_CHECK;
/* The text of an index.json that lists it under its name; free(). NULL on error. */
char *wb_registry_index(const struct wb_reference *reference,
                        const struct wb_registry_manifest *manifest, struct wb_error *err);

/* ---- registry_push.c ---- */

bool wb_registry_put_blob(struct wb_registry *registry, const struct wb_digest *digest,
                          struct wb_bytes content, struct wb_error *err) WB_MUST_CHECK;
/* `name` is a tag or the digest. */
bool wb_registry_put_manifest(struct wb_registry *registry, const char *name,
                              const char *media_type, struct wb_bytes content,
                              struct wb_error *err) WB_MUST_CHECK;
bool wb_registry_delete_manifest(struct wb_registry *registry, const char *name,
                                 struct wb_error *err) WB_MUST_CHECK;

#endif
