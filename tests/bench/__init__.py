"""Weight and speed (`make bench`): this server, and a peer beside it with PEER=… (see __main__)."""
