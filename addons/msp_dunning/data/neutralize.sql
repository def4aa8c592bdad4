-- a copy of a database must not write to clients
UPDATE res_company SET dunning_automatic = FALSE;
