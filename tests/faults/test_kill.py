"""A killed server loses nothing that it had confirmed, and comes back."""


def test_what_was_confirmed_survives_kill_9(start_server):
    server = start_server()
    partner = server.rpc().env["res.partner"].create({"name": "Confirmed"})
    server.kill()
    server.start()
    assert server.rpc().env["res.partner"].read([partner], ["name"])[0]["name"] == "Confirmed"


def test_a_server_with_workers_answers_after_all_of_them_were_killed(start_server):
    server = start_server(workers=2)
    database = server.rpc().env["ir.config_parameter"].get_param("database.uuid")
    server.kill()
    server.start()
    assert server.rpc().env["ir.config_parameter"].get_param("database.uuid") == database
