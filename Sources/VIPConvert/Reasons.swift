// Why vipd has nothing for a word of keepalived's, for every word that keepalived.conf(5) has.
// Deliberately not here: the words that become something (KeepalivedReader).

/// The words of one kind of block: those that are left out with their reasons, and those that are not.
struct Reasons {
    private let reasons: [String: String]
    /// All of them, those first that become something: a near miss of one may be what was meant.
    let words: [String]

    private init(reasons: [(words: [String], reason: String)], taken: [String]) {
        let pairs = reasons.flatMap { entry in entry.words.map { ($0, entry.reason) } }
        self.reasons = Dictionary(pairs) { first, _ in first }
        words = taken + pairs.map(\.0)
    }

    func reason(for word: String) -> String? { reasons[word] }

    static let scriptUser =
        "vipd runs programs as the user of its own daemon, without any privilege; let that user run and read them"
    static let shell =
        "what is no program with its whole path, or has signs that a shell understands, runs by /bin/sh -c"
    private static let ownNamespace = "start vipd inside the network namespace instead"
    private static let ownAnnouncements =
        "vipd announces by a plan of its own: at once, after 0.1, 1.1, 2.2 and 3.3 s, then every minute"
    private static let noMail = "vipd sends no mail; name a program under hooks, or a webhook"
    private static let noVRRP = "vipd does not speak VRRP, so there is nothing to set"
    private static let ownMAC = "vipd uses the MAC address of the link, and tells the neighbours by ARP"
    private static let notMoved = "vipd moves addresses alone; let a hook do the rest"
    private static let notWatched = "vipd watches services by checks; write one of them for it"
    private static let ownProcess =
        "vipd has no such setting; systemd's unit is the place for what concerns the process"
    private static let balancing = "it balances load over real servers (IPVS), which vipd does not do"

    static let ofTop = Reasons(
        reasons: [
            (["net_namespace", "net_namespace_ipvs", "namespace_with_ipsets"], ownNamespace),
            (
                [
                    "instance", "use_pid_dir", "linkbeat_use_polling", "child_wait_time", "process_names",
                    "include_check",
                ],
                ownProcess
            ),
            (["linkbeat_interfaces", "interface_up_down_delays"], "vipd hears of its link's carrier from the kernel"),
            (
                ["static_ipaddress", "static_routes", "static_rules", "track_group"],
                "what does not move is the system's"
            ),
            (["vrrp_track_process", "track_file", "vrrp_track_file", "bfd_instance"], notWatched),
            (["garp_group"], "write pace, which is frames a second, into the group"),
            (["virtual_server_group", "SSL", "real_server"], balancing),
        ],
        taken: ["global_defs", "vrrp_instance", "vrrp_sync_group", "vrrp_script", "virtual_server", "include"])

    static let ofGlobals = Reasons(
        reasons: [
            (
                [
                    "notification_email", "notification_email_from", "smtp_server", "smtp_helo_name",
                    "smtp_connect_timeout", "smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker", "no_email_faults",
                ], noMail
            ),
            (
                [
                    "vrrp_garp_master_delay", "vrrp_garp_master_repeat", "vrrp_garp_master_refresh",
                    "vrrp_garp_master_refresh_repeat", "vrrp_garp_lower_prio_delay", "vrrp_garp_lower_prio_repeat",
                    "vrrp_garp_extra_if", "vrrp_gna_interval", "vrrp_min_garp",
                ], ownAnnouncements
            ),
            (
                [
                    "vrrp_mcast_group4", "vrrp_mcast_group6", "vrrp_version", "vrrp_strict", "vrrp_iptables",
                    "vrrp_nftables", "vrrp_ipsets", "nftables", "nftables_counters", "nftables_ifindex",
                    "vrrp_check_unicast_src", "vrrp_lower_priority_dont_send_advert", "vrrp_lower_prio_no_advert",
                    "vrrp_higher_prio_send_advert", "vrrp_rx_bufs_policy", "vrrp_rx_bufs_multiplier",
                    "vrrp_owner_ignore_adverts", "vrrp_down_timer_adverts", "down_timer_adverts",
                ], noVRRP
            ),
            (["script_user"], scriptUser),
            (["startup_script", "startup_script_timeout", "shutdown_script", "shutdown_script_timeout"], ownProcess),
            (
                [
                    "vrrp_notify_fifo", "vrrp_notify_fifo_script", "notify_fifo", "notify_fifo_script",
                    "lvs_notify_fifo",
                    "lvs_notify_fifo_script", "vrrp_notify_priority_changes", "fifo_write_vrrp_states_on_reload",
                ], "'vipd events --follow --json' tells what happens, and hooks are called"
            ),
            (
                [
                    "lvs_sync_daemon", "lvs_timeouts", "lvs_flush", "lvs_flush_on_stop", "lvs_flush_onstop",
                    "checker_log_all_failures", "checker_priority", "checker_no_swap", "checker_rt_priority",
                    "checker_rlimit_rttime", "checker_process_name", "checker_cpu_affinity", "lvs_netlink_cmd_rcv_bufs",
                    "lvs_netlink_monitor_rcv_bufs",
                ], balancing
            ),
            (
                [
                    "enable_snmp_vrrp", "enable_snmp_keepalived", "enable_snmp_checker", "enable_snmp_rfc",
                    "enable_snmp_rfcv2", "enable_snmp_rfcv3", "enable_traps", "snmp_socket", "enable_dbus",
                    "dbus_service_name", "dbus_no_interface_name",
                ], "'vipd status --json' tells the same"
            ),
            (
                [
                    "default_interface", "dynamic_interfaces", "allow_if_changes",
                ], "vipd waits for its link, and finds one without a name by the subnet of the addresses"
            ),
            (
                [
                    "vrrp_priority", "vrrp_no_swap", "vrrp_rt_priority", "vrrp_rlimit_rttime", "vrrp_cpu_affinity",
                    "bfd_priority", "bfd_no_swap", "bfd_rt_priority", "bfd_rlimit_rttime", "bfd_cpu_affinity",
                    "process_names", "process_name", "vrrp_process_name", "bfd_process_name", "tmp_config_directory",
                    "config_save_dir", "umask", "use_symlink_paths", "random_seed", "data_use_instance",
                    "json_version", "max_auto_priority", "min_auto_priority_delay", "reload_check_config",
                    "reload_time_file", "reload_repeat", "reload_file", "net_namespace", "instance", "use_pid_dir",
                    "linkbeat_use_polling", "child_wait_time", "vrrp_startup_delay", "vrrp_netlink_cmd_rcv_bufs",
                    "vrrp_netlink_cmd_rcv_bufs_force", "vrrp_netlink_monitor_rcv_bufs",
                    "vrrp_netlink_monitor_rcv_bufs_force", "log_unknown_vrids", "include_check", "disable_local_igmp",
                    "process_monitor_rcv_bufs", "process_monitor_rcv_bufs_force", "v3_checksum_as_v2",
                    "keep_script_fds", "iproute_usr_dir", "iproute_etc_dir", "state_dump_file", "stats_file",
                ], ownProcess
            ),
        ],
        taken: ["router_id", "vrrp_garp_interval", "enable_script_security", "vrrp_skip_check_adv_addr"])

    static let ofInstance = Reasons(
        reasons: [
            (
                ["virtual_router_id"],
                "vipd knows a group by its name and addresses, which must be the same on all nodes"
            ),
            (
                ["unicast_peer", "unicast_src_ip", "unicast_ttl", "unicast_fault_no_peer", "check_unicast_src"],
                "vipd names no peers: its nodes must be on one Ethernet segment, where they find each other by ARP"
            ),
            (
                [
                    "mcast_src_ip", "mcast_dst_ip", "track_src_ip", "version", "old_unicast_checksum",
                    "lower_prio_no_advert", "higher_prio_send_advert", "skip_check_adv_addr", "strict_mode",
                    "native_ipv6", "kernel_rx_buf_size", "owner_ignore_adverts", "timer_expired_backup",
                    "thread_timer_expired", "v3_checksum_as_v2", "debug",
                ], noVRRP
            ),
            (
                [
                    "garp_master_delay", "garp_master_repeat", "garp_lower_prio_delay", "garp_lower_prio_repeat",
                    "garp_master_refresh", "garp_master_refresh_repeat", "garp_extra_if", "vmac_garp_intvl",
                ], ownAnnouncements
            ),
            (["use_vmac", "use_vmac_addr", "vmac_xmit_base", "use_ipvlan"], ownMAC),
            (["smtp_alert"], noMail),
            (["virtual_routes", "virtual_rules"], notMoved),
            (["track_file", "track_process", "track_bfd"], notWatched),
            (["no_accept"], "the holder of vipd takes what is sent to its addresses; let a firewall refuse it"),
            (["promote_secondaries"], "no address of vipd's goes away with another one: each is a /32"),
            (["dont_track_primary"], "vipd always lets go when its link loses the carrier"),
            (["vrf", "linkbeat_use_polling", "lvs_sync_daemon_interface"], "vipd has no such setting"),
            (["no_virtual_ipaddress"], "vipd elects a holder of addresses, and nothing without any"),
            (
                ["notify_stop", "notify_deleted"],
                "the hook released runs when vipd stops as well, if it has held the addresses"
            ),
            (
                ["notify_master_rx_lower_pri", "notify_priority_changes"],
                "vipd has no such hook; 'vipd events --follow --json' tells what happens"
            ),
            (["global_tracking", "sync_group_tracking_weight"], "a group of vipd's has one priority, which is fixed"),
        ],
        taken: [
            "state", "interface", "priority", "advert_int", "down_timer_adverts", "nopreempt", "preempt",
            "preempt_delay", "authentication", "virtual_ipaddress", "virtual_ipaddress_excluded", "track_script",
            "track_interface", "notify_master", "notify_backup", "notify_fault", "notify", "accept", "group",
        ])

    static let ofScript = Reasons(
        reasons: [(["init_fail"], "a check of vipd's says nothing until it has failed or passed")],
        taken: ["script", "interval", "timeout", "rise", "fall", "weight", "user"])
}
