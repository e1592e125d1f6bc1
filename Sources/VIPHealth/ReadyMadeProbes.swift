// The probes for what vipd is mostly put in front of: the Kubernetes API server and etcd.
// Deliberately not here: how they are tried.

extension CheckSpecification.Probe {
    /// Where the API server and the etcd member of a node answer unless something else is said.
    public static let kubernetesURLs = ["https://127.0.0.1:6443/livez", "https://127.0.0.1:6443/healthz"]
    public static let etcdURLs = ["http://127.0.0.1:2381/health", "http://127.0.0.1:2379/health"]

    /// The API server of this node: `/livez`, and `/healthz` where that is not known (before Kubernetes 1.16).
    ///
    /// 401 and 403 pass: a server with `--anonymous-auth=false` (k3s) says no more to a client without a certificate, and
    /// it does answer. Give a client certificate to hear what it thinks of its own health. Without `caFile` any
    /// certificate of the server is good: the connection never leaves this machine, and nothing secret goes over it.
    public static func kubernetes(
        urls: [String] = kubernetesURLs,
        caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil
    ) -> Self {
        .http(
            HTTPProbe(
                urls: urls, statuses: [200...299, 401...401, 403...403], caFile: caFile,
                certificateFile: certificateFile, keyFile: keyFile, isInsecure: caFile == nil))
    }

    /// The etcd member of this node: the plain metrics port that kubeadm and k3s open on the loopback interface, else the
    /// client port of an etcd without TLS.
    public static func etcd(
        urls: [String] = etcdURLs,
        caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil
    ) -> Self {
        .etcd(
            HTTPProbe(
                urls: urls, caFile: caFile, certificateFile: certificateFile, keyFile: keyFile,
                isInsecure: caFile == nil))
    }
}
