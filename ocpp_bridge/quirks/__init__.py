"""Ways of chargers that OCPP does not know: small decorators around a family, one for each."""
