# dist_man_MANS += man/NAME.SECTION, one a line.
dist_man_MANS += man/actorhost.1
dist_man_MANS += man/actorsend.1
dist_man_MANS += man/actorsup.1
dist_man_MANS += man/actor-protocol.7
dist_man_MANS += man/actor-json.7
dist_man_MANS += man/libactor.3
dist_man_MANS += man/actorsup.yaml.5
