// Made once for localhost, to the year 2126, its own authority:
//   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
//     -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out certificate.pem

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsEbhJa4OYtuFc7Hm
3k+xxjozaWqbi2Js60pLLwKtBJWhRANCAAQQjVDQ8SfTRoZ3k8DEwduor2LYgLHC
1zfhsTuVTu+orWuaLXp9Gtxs/DEgp1miMw93rrQN7+8T3V59HrSs4gnQ
-----END PRIVATE KEY-----
`

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUPW4JEfEB0ibbVO1GCMkn6q8PEFowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTAwMzI1M1oYDzIxMjYxMTAx
MDAzMjUzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQQjVDQ8SfTRoZ3k8DEwduor2LYgLHC1zfhsTuVTu+orWuaLXp9Gtxs
/DEgp1miMw93rrQN7+8T3V59HrSs4gnQo2kwZzAdBgNVHQ4EFgQUVSVnh+mAeD/f
faRhk3513zA4S7EwHwYDVR0jBBgwFoAUVSVnh+mAeD/ffaRhk3513zA4S7EwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgff73l24bu7/2a1igN7gwNnWb2s8QZBtDYQbBCmUZwMgCIDxAus5Vpng4
7Uhc0oeJlH68EZpvg+kdFcwdFPBqG/c1
-----END CERTIFICATE-----
`
